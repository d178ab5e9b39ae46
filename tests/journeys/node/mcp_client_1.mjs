// A caller of the older protocol: Streamable HTTP, HTTP+SSE of 2024-11-05, or a command.
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { SSEClientTransport } from "@modelcontextprotocol/sdk/client/sse.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import * as types from "@modelcontextprotocol/sdk/types.js";

const NEWS = {
  "notifications/message": types.LoggingMessageNotificationSchema,
  "notifications/resources/updated": types.ResourceUpdatedNotificationSchema,
  "notifications/tools/list_changed": types.ToolListChangedNotificationSchema,
};
const QUESTIONS = {
  "elicitation/create": types.ElicitRequestSchema,
  "sampling/createMessage": types.CreateMessageRequestSchema,
  "roots/list": types.ListRootsRequestSchema,
};

function way({ transport, url, key, command }) {
  if (transport === "stdio") {
    const [program, ...args] = command;
    return new StdioClientTransport({ command: program, args, env: { TRIGATE_KEY: key, PATH: process.env.PATH } });
  }
  const requestInit = { headers: { authorization: `Bearer ${key}` } };
  const Transport = transport === "sse" ? SSEClientTransport : StreamableHTTPClientTransport;
  return new Transport(new URL(url), { requestInit });
}

/** A connected client; `answer` is asked what the server asks, `heard` gets what it says unasked. */
export async function open(job, capabilities, answer, heard) {
  const client = new Client({ name: "journey-1", version: "1" }, { capabilities });
  for (const [method, schema] of Object.entries(QUESTIONS)) {
    if (method.split("/")[0] in capabilities) client.setRequestHandler(schema, (each) => answer(method, each.params));
  }
  for (const [method, schema] of Object.entries(NEWS)) {
    client.setNotificationHandler(schema, (each) => heard(method, each.params));
  }
  const transport = way(job);
  await client.connect(transport);
  return {
    client,
    transport,
    call: (name, args, options = {}) => client.callTool({ name, arguments: args }, undefined, options),
    era: "legacy",
    hearLogs: () => client.setLoggingLevel("warning"),
    logged: {},
    async listen(uri) {
      await client.subscribeResource({ uri });
      return () => client.unsubscribeResource({ uri });
    },
    close: async () => {
      if (job.transport === "http") await transport.terminateSession();
      await client.close();
    },
  };
}
