// A caller of either protocol, as `job.mode` says: Streamable HTTP or a command.
import { Client, LOG_LEVEL_META_KEY, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";

const NEWS = ["notifications/message", "notifications/resources/updated", "notifications/tools/list_changed"];
const QUESTIONS = ["elicitation/create", "sampling/createMessage", "roots/list"];

function way({ transport, url, key, command }) {
  if (transport === "stdio") {
    const [program, ...args] = command;
    return new StdioClientTransport({ command: program, args, env: { TRIGATE_KEY: key, PATH: process.env.PATH } });
  }
  return new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers: { authorization: `Bearer ${key}` } } });
}

/** A connected client; `answer` is asked what the server asks, `heard` gets what it says unasked. */
export async function open(job, capabilities, answer, heard) {
  const options = { capabilities, versionNegotiation: { mode: job.mode } };
  const client = new Client({ name: "journey-2", version: "1" }, options);
  for (const method of QUESTIONS) {
    if (method.split("/")[0] in capabilities) client.setRequestHandler(method, (each) => answer(method, each.params));
  }
  for (const method of NEWS) client.setNotificationHandler(method, (each) => heard(method, each.params));
  const transport = way(job);
  await client.connect(transport);
  const era = client.getProtocolEra();
  return {
    client,
    transport,
    call: (name, args, options = {}, more = {}) => client.callTool({ name, arguments: args, ...more }, options),
    era,
    hearLogs: () => (era === "modern" ? undefined : client.setLoggingLevel("warning")),
    logged: era === "modern" ? { _meta: { [LOG_LEVEL_META_KEY]: "warning" } } : {},
    async listen(uri) {
      if (era === "modern") {
        const stream = await client.listen({ toolsListChanged: true, resourceSubscriptions: [uri] });
        return () => stream.close();
      }
      await client.subscribeResource({ uri });
      return () => client.unsubscribeResource({ uri });
    },
    close: async () => {
      if (era === "legacy" && job.transport === "http") await transport.terminateSession();
      await client.close();
    },
  };
}
