// What the tool servers of the tests have to offer, whichever SDK carries it: `side` is how a tool reaches its caller.
const TEXT = { type: "string" };
const NUMBER = { type: "integer" };
const NOTE = "wares://note";

const tool = (name, properties = {}, more = {}) => ({
  name,
  description: `does ${name}`,
  inputSchema: { type: "object", properties, required: Object.keys(properties) },
  ...more,
});

const FIXED = [
  tool("echo", { text: TEXT }, {
    title: "Echo",
    annotations: { readOnlyHint: true },
    icons: [{ src: "data:image/png;base64,iVBORw0KGgo=", mimeType: "image/png" }],
    outputSchema: { type: "object", properties: { text: TEXT }, required: ["text"] },
    _meta: { "example.com/kept": { deep: [1, "two"] } },
    "x-example": "kept",
  }),
  tool("steps", { count: NUMBER }),
  tool("wait"),
  tool("waits"),
  tool("long", { size: NUMBER }),
  tool("fail"),
  tool("say"),
  tool("ask_form"),
  tool("ask_page"),
  tool("ask_model"),
  tool("ask_roots"),
  tool("touch"),
  tool("grow", { name: TEXT }),
  tool("shrink", { name: TEXT }),
];

const FORM = {
  method: "elicitation/create",
  params: {
    mode: "form",
    message: "Who are you?",
    requestedSchema: {
      type: "object",
      properties: { name: TEXT, size: { type: "string", enum: ["small", "large"], default: "small" } },
      required: ["name"],
    },
  },
};
const PAGE = {
  method: "elicitation/create",
  params: { mode: "url", message: "Open this", url: "https://example.com/page", elicitationId: "page-1" },
};
const MODEL = {
  method: "sampling/createMessage",
  params: { messages: [{ role: "user", content: { type: "text", text: "2 + 2?" } }], maxTokens: 10 },
};
const ROOTS = { method: "roots/list", params: {} };

const say = (text) => ({ content: [{ type: "text", text }] });

/** One server's goods: whoever serves them says by `changed(kind, uri)` what becomes of news. */
export class Wares {
  constructor() {
    this.grown = [];
    this.cancelled = 0;
    this.touched = 0;
    this.changed = () => {};
  }

  tools() {
    return [...FIXED, ...this.grown.map((name) => tool(name))];
  }

  resources = () => [{ uri: NOTE, name: "note", mimeType: "text/plain", annotations: { priority: 0.5 } }];
  templates = () => [{ uriTemplate: "wares://item/{id}", name: "item", mimeType: "application/json" }];
  prompts = () => [{ name: "greet", description: "greets", arguments: [{ name: "name", required: true }] }];

  /** The contents of a resource, or undefined. */
  read(uri) {
    const id = /^wares:\/\/item\/(\w+)$/.exec(uri)?.[1];
    if (id) return { contents: [{ uri, mimeType: "application/json", text: JSON.stringify({ id }) }] };
    return uri === NOTE ? { contents: [{ uri, text: `touched ${this.touched} times` }] } : undefined;
  }

  prompt({ name }) {
    return { messages: [{ role: "user", content: { type: "text", text: `Hello ${name}` } }] };
  }

  complete({ argument }) {
    const values = ["Ada", "Alan", "Grace"].filter((each) => each.startsWith(argument.value));
    return { completion: { values, total: values.length, hasMore: false } };
  }

  /** The result of a tool. */
  async call(name, given, side) {
    const act = this[`_${name}`];
    if (act) return await act.call(this, given, side);
    if (this.grown.includes(name)) return say(`grown ${name}`);
    throw Object.assign(new Error(`no tool ${name}`), { code: -32602 });
  }

  _echo({ text }) {
    return {
      content: [{ type: "text", text, annotations: { audience: ["user"] }, _meta: { "example.com/of-block": true } }],
      structuredContent: { text },
      _meta: { "example.com/of-result": { kept: 1.5 } },
      "x-example": "kept",
    };
  }

  async _steps({ count }, side) {
    for (let step = 1; step <= count; step++) await side.progress(step, count, `step ${step}`);
    return say("done");
  }

  async _wait(_, side) {
    await side.progress(1, 2, "waiting");
    await new Promise((done) => side.signal.addEventListener("abort", done, { once: true }));
    this.cancelled++;
    return say("cancelled");
  }

  _waits = () => say(`${this.cancelled}`);
  _long = ({ size }) => say("é".repeat(size));
  _fail = () => ({ ...say("this failed"), isError: true });

  async _say(_, side) {
    await side.log("debug", "too quiet");
    await side.log("error", { loud: true });
    return say("said");
  }

  async _ask_form(_, side) {
    const answer = await side.ask("who", FORM);
    return say(answer.action === "accept" ? `Hello ${answer.content.name}` : answer.action);
  }

  _ask_page = async (_, side) => say(`page: ${(await side.ask("page", PAGE)).action}`);
  _ask_model = async (_, side) => say(`model: ${(await side.ask("model", MODEL)).content.text}`);
  _ask_roots = async (_, side) => say(`roots: ${(await side.ask("roots", ROOTS)).roots.map((each) => each.uri)}`);

  _touch() {
    this.touched++;
    this.changed("updated", NOTE);
    return say("touched");
  }

  _grow({ name }) {
    this.grown.push(name);
    this.changed("tools");
    return say("grown");
  }

  _shrink({ name }) {
    this.grown = this.grown.filter((each) => each !== name);
    this.changed("tools");
    return say("shrunk");
  }
}
