// Anthropic's SDK for JavaScript.
import Anthropic from "@anthropic-ai/sdk";
import { resultOf, talk } from "./talk.mjs";

const [baseURL, apiKey] = process.argv.slice(2);
const client = new Anthropic({ baseURL, apiKey, maxRetries: 0 });

function ask({ model, words, system, image, pdf, tool, form, thinks }) {
  const content = [{ type: "text", text: words }];
  if (image) content.push({ type: "image", source: { type: "base64", media_type: "image/png", data: image } });
  if (pdf) content.push({ type: "document", source: { type: "base64", media_type: "application/pdf", data: pdf } });
  const asked = { model, max_tokens: 2048, messages: [{ role: "user", content }] };
  if (system) asked.system = system;
  if (tool) asked.tools = [{ name: tool.name, description: tool.description, input_schema: tool.parameters }];
  if (thinks) asked.thinking = { type: "enabled", budget_tokens: 1024 };
  if (form) asked.output_config = { format: { type: "json_schema", schema: form } };
  return asked;
}

function tell({ content, stop_reason, usage }) {
  const texts = (type, member) => content.filter((each) => each.type === type).map((each) => each[member]);
  return {
    text: texts("text", "text").join(""),
    calls: content.filter((each) => each.type === "tool_use").map((each) => [each.name, each.input]),
    thought: texts("thinking", "thinking").join(""),
    wants_tools: stop_reason === "tool_use",
    input: usage.input_tokens,
    output: usage.output_tokens,
  };
}

await talk(async (job) => {
  const asked = ask(job);
  const told = [];
  while (told.length < job.answers) {
    const message = job.streamed
      ? await client.messages.stream(asked).finalMessage()
      : await client.messages.create(asked);
    told.push(tell(message));
    const results = message.content
      .filter((each) => each.type === "tool_use")
      .map((each) => ({ type: "tool_result", tool_use_id: each.id, content: resultOf(each.input) }));
    asked.messages.push({ role: "assistant", content: message.content }, { role: "user", content: results });
  }
  return told;
});
