// A server of 2026-07-28: `mcp_server_2.mjs stdio|PORT [reject]`; with "reject" it does not speak the older protocol.
import { createServer } from "node:http";
import { toNodeHandler } from "@modelcontextprotocol/node";
import { createMcpHandler, inputRequired, ProtocolError, Server } from "@modelcontextprotocol/server";
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import { Wares } from "./mcp_wares.mjs";

const [where, posture] = process.argv.slice(2);
const wares = new Wares();

/** What a tool still has to be told: its call ends with this, and is made again. */
class Wanted extends Error {
  constructor(key, request) {
    super("wanted");
    this.key = key;
    this.request = request;
  }
}

async function call(params, { mcpReq }) {
  const progressToken = mcpReq._meta?.progressToken;
  const side = {
    signal: mcpReq.signal,
    progress: async (progress, total, message) =>
      progressToken !== undefined &&
      (await mcpReq.notify({ method: "notifications/progress", params: { progressToken, progress, total, message } })),
    log: (level, data) => mcpReq.log(level, data, "wares"),
    ask: async (key, request) => {
      const answer = mcpReq.inputResponses?.[key];
      if (answer === undefined || mcpReq.requestState() !== `asked ${key}`) throw new Wanted(key, request);
      return answer;
    },
  };
  try {
    return await wares.call(params.name, params.arguments ?? {}, side);
  } catch (error) {
    if (!(error instanceof Wanted)) throw error;
    const { elicitationId, ...asked } = error.request.params;
    const request = { method: error.request.method, params: asked };
    return inputRequired({ inputRequests: { [error.key]: request }, requestState: `asked ${error.key}` });
  }
}

function begin() {
  const server = new Server({ name: "wares-2", version: "1" }, {
    capabilities: {
      tools: { listChanged: true },
      resources: { subscribe: true },
      prompts: {},
      completions: {},
      logging: {},
    },
    instructions: "Wares of 2026-07-28.",
  });
  const on = (method, act) => server.setRequestHandler(method, (request, context) => act(request.params, context));
  on("tools/list", () => ({ tools: wares.tools() }));
  on("tools/call", call);
  on("resources/list", () => ({ resources: wares.resources() }));
  on("resources/templates/list", () => ({ resourceTemplates: wares.templates() }));
  on("resources/read", ({ uri }) => {
    const found = wares.read(uri);
    if (!found) throw new ProtocolError(-32602, "no such resource", { uri });
    return found;
  });
  on("prompts/list", () => ({ prompts: wares.prompts() }));
  on("prompts/get", (params) => wares.prompt(params.arguments));
  on("completion/complete", (params) => wares.complete(params));
  const uris = new Set();
  on("resources/subscribe", ({ uri }) => (uris.add(uri), {}));
  on("resources/unsubscribe", ({ uri }) => (uris.delete(uri), {}));
  return server;
}

const legacy = posture === "reject" ? "reject" : undefined;
if (where === "stdio") {
  let latest;
  wares.changed = (kind, uri) => void (kind === "tools" ? latest.sendToolListChanged() : latest.sendResourceUpdated({ uri }));
  serveStdio(() => (latest = begin()), legacy ? { legacy } : {});
} else {
  const handler = createMcpHandler(begin, legacy ? { legacy } : {});
  wares.changed = (kind, uri) => (kind === "tools" ? handler.notify.toolsChanged() : handler.notify.resourceUpdated(uri));
  createServer(toNodeHandler(handler)).listen(Number(where), "127.0.0.1");
}
