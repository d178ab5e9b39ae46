// OpenAI's SDK for JavaScript, by chat completions.
import OpenAI from "openai";
import { resultOf, talk } from "./talk.mjs";

const [url, apiKey] = process.argv.slice(2);
const client = new OpenAI({ baseURL: `${url}/v1`, apiKey, maxRetries: 0 });

function ask({ model, words, system, image, pdf, tool, form, thinks }) {
  const content = [{ type: "text", text: words }];
  if (image) content.push({ type: "image_url", image_url: { url: `data:image/png;base64,${image}` } });
  if (pdf) {
    const file = { filename: "page.pdf", file_data: `data:application/pdf;base64,${pdf}` };
    content.push({ type: "file", file });
  }
  const messages = system ? [{ role: "system", content: system }] : [];
  const asked = { model, messages: [...messages, { role: "user", content }] };
  if (tool) asked.tools = [{ type: "function", function: tool }];
  if (thinks) asked.reasoning_effort = "low";
  if (form) {
    asked.response_format = { type: "json_schema", json_schema: { name: "weather", schema: form, strict: true } };
  }
  return asked;
}

// By hand, as callers do who want thoughts: pieces of them go back as they came.
async function pieced(asked) {
  const message = { role: "assistant", content: "" };
  const found = { choices: [{ message, finish_reason: null }], usage: null, thought: "" };
  const stream = await client.chat.completions.create({ ...asked, stream: true, stream_options: { include_usage: true } });
  for await (const chunk of stream) {
    found.usage = chunk.usage ?? found.usage;
    for (const { delta, finish_reason } of chunk.choices) {
      found.choices[0].finish_reason = finish_reason ?? found.choices[0].finish_reason;
      message.content += delta.content ?? "";
      found.thought += delta.reasoning ?? delta.reasoning_content ?? "";
      if (delta.reasoning_details) {
        message.reasoning_details = [...(message.reasoning_details ?? []), ...delta.reasoning_details];
      }
      for (const { index, ...call } of delta.tool_calls ?? []) {
        message.tool_calls ??= [];
        if (call.id) message.tool_calls[index] = call;
        else message.tool_calls[index].function.arguments += call.function.arguments;
      }
    }
  }
  return found;
}

async function answer(asked, { streamed, thinks }) {
  if (!streamed) return client.chat.completions.create(asked);
  if (thinks) return pieced(asked);
  return client.chat.completions.stream({ ...asked, stream_options: { include_usage: true } }).finalChatCompletion();
}

function tell({ choices: [{ message, finish_reason }], usage, thought }) {
  const calls = (message.tool_calls ?? []).map((each) => [each.function.name, JSON.parse(each.function.arguments)]);
  return {
    text: message.content ?? "",
    calls,
    thought: thought ?? message.reasoning ?? message.reasoning_content ?? "",
    wants_tools: finish_reason === "tool_calls",
    input: usage.prompt_tokens,
    output: usage.completion_tokens,
  };
}

// Without what the SDK adds for its users.
const plain = ({ parsed, ...message }) => ({
  ...message,
  ...(message.tool_calls && {
    tool_calls: message.tool_calls.map(({ function: { parsed_arguments, ...inner }, ...call }) => ({
      ...call,
      function: inner,
    })),
  }),
});

await talk(async (job) => {
  const asked = ask(job);
  const told = [];
  while (told.length < job.answers) {
    const found = await answer(asked, job);
    told.push(tell(found));
    const message = plain(found.choices[0].message);
    asked.messages.push(message);
    for (const call of message.tool_calls ?? []) {
      const content = resultOf(JSON.parse(call.function.arguments));
      asked.messages.push({ role: "tool", tool_call_id: call.id, content });
    }
  }
  return told;
});
