// A server of the older protocol: `mcp_server_1.mjs stdio`, or `mcp_server_1.mjs PORT` for Streamable HTTP.
import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { Server } from "@modelcontextprotocol/sdk/server/index.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import * as types from "@modelcontextprotocol/sdk/types.js";
import { Wares } from "./mcp_wares.mjs";

const LEVELS = ["debug", "info", "notice", "warning", "error", "critical", "alert", "emergency"];
const ANSWERS = {
  "elicitation/create": types.ElicitResultSchema,
  "sampling/createMessage": types.CreateMessageResultSchema,
  "roots/list": types.ListRootsResultSchema,
};
const wares = new Wares();
const sessions = new Map();

wares.changed = (kind, uri) => {
  for (const { server, uris } of sessions.values()) {
    if (kind === "tools") server.sendToolListChanged().catch(() => {});
    else if (uris.has(uri)) server.sendResourceUpdated({ uri }).catch(() => {});
  }
};

function begin() {
  const server = new Server({ name: "wares-1", version: "1" }, {
    capabilities: {
      tools: { listChanged: true },
      resources: { subscribe: true },
      prompts: {},
      completions: {},
      logging: {},
    },
    instructions: "Wares of the older protocol.",
  });
  const own = { server, uris: new Set(), level: 0 };
  const on = (schema, act) => server.setRequestHandler(schema, (request, extra) => act(request.params, extra));
  on(types.ListToolsRequestSchema, () => ({ tools: wares.tools() }));
  on(types.ListResourcesRequestSchema, () => ({ resources: wares.resources() }));
  on(types.ListResourceTemplatesRequestSchema, () => ({ resourceTemplates: wares.templates() }));
  on(types.ListPromptsRequestSchema, () => ({ prompts: wares.prompts() }));
  on(types.GetPromptRequestSchema, (params) => wares.prompt(params.arguments));
  on(types.CompleteRequestSchema, (params) => wares.complete(params));
  on(types.ReadResourceRequestSchema, ({ uri }) => {
    const found = wares.read(uri);
    if (!found) throw new types.McpError(-32002, "no such resource", { uri });
    return found;
  });
  on(types.SubscribeRequestSchema, ({ uri }) => (own.uris.add(uri), {}));
  on(types.UnsubscribeRequestSchema, ({ uri }) => (own.uris.delete(uri), {}));
  on(types.SetLevelRequestSchema, ({ level }) => ((own.level = LEVELS.indexOf(level)), {}));
  on(types.CallToolRequestSchema, (params, extra) => {
    const tell = (method, told) => extra.sendNotification({ method, params: told });
    const progressToken = extra._meta?.progressToken;
    return wares.call(params.name, params.arguments ?? {}, {
      signal: extra.signal,
      progress: async (progress, total, message) =>
        progressToken !== undefined &&
        (await tell("notifications/progress", { progressToken, progress, total, message })),
      log: async (level, data) =>
        LEVELS.indexOf(level) >= own.level && (await tell("notifications/message", { level, data, logger: "wares" })),
      ask: (_, request) => extra.sendRequest(request, ANSWERS[request.method]),
    });
  });
  return own;
}

async function serve(port) {
  const listener = createServer(async (request, response) => {
    const id = request.headers["mcp-session-id"];
    let transport = sessions.get(id)?.transport;
    if (id && !transport) return response.writeHead(404).end();
    if (!transport) {
      const own = begin();
      transport = own.transport = new StreamableHTTPServerTransport({
        sessionIdGenerator: randomUUID,
        onsessioninitialized: (fresh) => sessions.set(fresh, own),
        onsessionclosed: (gone) => sessions.delete(gone),
      });
      await own.server.connect(transport);
    }
    await transport.handleRequest(request, response);
  });
  listener.listen(port, "127.0.0.1");
}

if (process.argv[2] === "stdio") {
  const own = begin();
  sessions.set("", own);
  await own.server.connect(new StdioServerTransport());
} else {
  await serve(Number(process.argv[2]));
}
