// OpenAI's SDK for JavaScript, by Responses.
import OpenAI from "openai";
import { resultOf, talk } from "./talk.mjs";

const [url, apiKey] = process.argv.slice(2);
const client = new OpenAI({ baseURL: `${url}/v1`, apiKey, maxRetries: 0 });

function ask({ model, words, system, image, pdf, tool, form, thinks }) {
  const content = [{ type: "input_text", text: words }];
  if (image) content.push({ type: "input_image", detail: "auto", image_url: `data:image/png;base64,${image}` });
  if (pdf) {
    content.push({ type: "input_file", filename: "page.pdf", file_data: `data:application/pdf;base64,${pdf}` });
  }
  const asked = { model, input: [{ role: "user", content }], store: false };
  if (system) asked.instructions = system;
  if (tool) asked.tools = [{ type: "function", strict: true, ...tool }];
  if (thinks) Object.assign(asked, { reasoning: { effort: "low", summary: "auto" }, include: ["reasoning.encrypted_content"] });
  if (form) asked.text = { format: { type: "json_schema", name: "weather", schema: form, strict: true } };
  return asked;
}

function tell({ output, output_text, status, usage }) {
  const of = (type) => output.filter((each) => each.type === type);
  const calls = of("function_call").map((each) => [each.name, JSON.parse(each.arguments)]);
  const thoughts = of("reasoning").flatMap((each) => [...each.summary, ...(each.content ?? [])]);
  return {
    text: output_text,
    calls,
    thought: thoughts.map((each) => each.text).join(""),
    wants_tools: calls.length > 0 && status === "completed",
    input: usage.input_tokens,
    output: usage.output_tokens,
  };
}

// Without what the SDK adds for its users.
const plain = ({ parsed_arguments, ...item }) =>
  item.content ? { ...item, content: item.content.map(({ parsed, ...part }) => part) } : item;

await talk(async (job) => {
  const asked = ask(job);
  const told = [];
  while (told.length < job.answers) {
    const response = job.streamed
      ? await client.responses.stream(asked).finalResponse()
      : await client.responses.create(asked);
    told.push(tell(response));
    asked.input.push(...response.output.map(plain));
    for (const item of response.output.filter((each) => each.type === "function_call")) {
      const output = resultOf(JSON.parse(item.arguments));
      asked.input.push({ type: "function_call_output", call_id: item.call_id, output });
    }
  }
  return told;
});
