// A client uses everything that a server of mcp_wares.mjs has, through a gateway; what it found is told.
import { open as openOlder } from "./mcp_client_1.mjs";
import { open as openNewer } from "./mcp_client_2.mjs";
import { talk } from "./talk.mjs";

const CAPABILITIES = { elicitation: { form: {}, url: {} }, sampling: {}, roots: { listChanged: true } };
const PATIENCE = 20_000;
const NOTE = "wares://note";

/** Wait for what is true sooner or later. */
async function until(what, condition) {
  const end = Date.now() + PATIENCE;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`it did not happen: ${what}`);
    await new Promise((done) => setTimeout(done, 10));
  }
}

const ANSWERS = {
  "elicitation/create": ({ mode, requestedSchema }) => {
    if (mode === "url") return { action: "accept" };
    return { action: "accept", content: Object.fromEntries(requestedSchema.required.map((name) => [name, "Ada"])) };
  },
  "sampling/createMessage": () => ({ role: "assistant", content: { type: "text", text: "4" }, model: "m", stopReason: "endTurn" }),
  "roots/list": () => ({ roots: [{ uri: "file:///work", name: "work" }] }),
};

const textOf = (result) => result.content[0].text;
const failure = (promise) => promise.then(() => "no error", (error) => error.code);

class Journey {
  constructor(job) {
    this.job = job;
    this.asked = [];
    this.news = [];
    this.raw = [];
  }

  async begin() {
    const answer = (method, params) => {
      this.asked.push(params);
      return ANSWERS[method](params);
    };
    const open = this.job.sdk === 1 ? openOlder : openNewer;
    const capabilities = this.job.mute ? {} : CAPABILITIES;
    this.end = await open(this.job, capabilities, answer, (method, params) => this.news.push({ method, params }));
    // What the SDK does not know of it leaves out, so what came is looked at, too.
    const take = this.end.transport.onmessage;
    this.end.transport.onmessage = (message, extra) => {
      this.raw.push(message);
      return take(message, extra);
    };
  }

  heard = (method) => this.news.filter((each) => each.method === `notifications/${method}`);
  lastRaw = (member) => this.raw.findLast((each) => each.result?.[member])?.result;

  async tools() {
    const names = (await this.end.client.listTools()).tools.map((each) => each.name);
    const echo = this.lastRaw("tools").tools.find((each) => each.name.endsWith("echo"));
    return { names, kept: [echo["x-example"], echo._meta, echo.title, echo.icons?.length, echo.annotations] };
  }

  async echo() {
    const result = await this.end.call("echo", { text: "hé" });
    const { content, structuredContent } = result;
    const raw = this.lastRaw("structuredContent");
    return { content, structuredContent, kept: [raw["x-example"], raw._meta["example.com/of-result"]] };
  }

  async progress() {
    // An SDK of the older protocol forgets progress that comes in one piece with the result.
    const text = textOf(await this.end.call("steps", { count: 3 }, { onprogress: () => {} }));
    const seen = this.raw.filter((each) => each.method === "notifications/progress").map((each) => each.params);
    return { text, seen: seen.map(({ progressToken, ...each }) => each) };
  }

  async cancellation() {
    const before = Number(textOf(await this.end.call("waits", {})));
    const controller = new AbortController();
    let begun = false;
    const options = { signal: controller.signal, onprogress: () => (begun = true) };
    const ended = this.end.call("wait", {}, options).then(() => "answered", () => "ended");
    await until("the call begins", () => begun);
    controller.abort("enough");
    const how = await ended;
    await until("the server hears of it", async () => Number(textOf(await this.end.call("waits", {}))) > before);
    return how;
  }

  async long() {
    const text = textOf(await this.end.call("long", { size: 300_000 }));
    return [text.length, new Set(text).size];
  }

  async errors() {
    const failed = await this.end.call("fail", {});
    const unknown = await failure(this.end.call("nothing", {}));
    const invalid = (await this.end.call("steps", { count: "many" })).isError;
    await failure(this.end.client.readResource({ uri: "wares://nowhere/at/all" }));
    const resource = this.raw.findLast((each) => each.error).error.code;
    return { failed: [failed.isError, textOf(failed)], unknown, invalid, resource };
  }

  async resources() {
    const { client } = this.end;
    const listed = (await client.listResources()).resources;
    return {
      listed: listed.map(({ uri, annotations }) => [uri, annotations]),
      templates: (await client.listResourceTemplates()).resourceTemplates.map((each) => each.uriTemplate),
      read: (await client.readResource({ uri: NOTE })).contents[0].uri,
      made: (await client.readResource({ uri: "wares://item/7" })).contents[0].text,
    };
  }

  async prompts() {
    const { client } = this.end;
    const listed = (await client.listPrompts()).prompts;
    const given = await client.getPrompt({ name: listed[0].name, arguments: { name: "Ada" } });
    const ref = { type: "ref/prompt", name: listed[0].name };
    const completed = await client.complete({ ref, argument: { name: "name", value: "A" } });
    return { listed: listed.map((each) => each.name), text: given.messages[0].content.text, completed: completed.completion.values };
  }

  async logs() {
    await this.end.hearLogs();
    await this.end.call("say", {}, {}, this.end.logged);
    await until("a log message comes", () => this.heard("message").length);
    return this.heard("message").map(({ params }) => [params.level, params.data, params.logger]);
  }

  async questions() {
    const told = {};
    for (const name of ["ask_form", "ask_page", "ask_model", "ask_roots"]) {
      const result = await this.end.call(name, {}).catch((error) => error);
      told[name] = result instanceof Error ? result.code : result.isError ? "failed" : textOf(result);
    }
    return { ...told, messages: this.asked.map((each) => each?.message).filter(Boolean) };
  }

  /** Tools of the server that the MCP project tests itself with. */
  async everything() {
    const named = (await this.end.client.listTools()).tools.map((each) => each.name);
    const texts = {};
    for (const [name, args] of Object.entries(this.job.calls)) texts[name] = textOf(await this.end.call(name, args));
    const image = (await this.end.call("test_image_content", {})).content[0].type;
    const read = (await this.end.client.readResource({ uri: "test://template/7/data" })).contents[0].text;
    await this.end.call("test_tool_with_progress", {}, { onprogress: () => {} });
    const seen = this.raw.filter((each) => each.method === "notifications/progress").map((each) => each.params.progress);
    return { known: Object.keys(this.job.calls).every((each) => named.includes(each)), texts, image, read, seen };
  }

  async changes() {
    const name = `fresh_${this.job.id}`;
    const stop = await this.end.listen(NOTE);
    const heard = this.heard("resources/updated").length;
    await until("the resource is said to change", async () => {
      await this.end.call("touch", {});
      return this.heard("resources/updated").length > heard;
    });
    const before = this.heard("tools/list_changed").length;
    await this.end.call("grow", { name });
    await until("the list is said to change", () => this.heard("tools/list_changed").length > before);
    const known = async () => (await this.end.client.listTools()).tools.some((each) => each.name === name);
    await until("the tool is listed", known);
    const text = textOf(await this.end.call(name, {}));
    await this.end.call("shrink", { name });
    await until("the tool is gone", async () => !(await known()));
    await stop();
    return { uri: this.heard("resources/updated").at(-1).params.uri, text };
  }
}

await talk(async (job) => {
  const journey = new Journey(job);
  const told = {};
  const within = (step, act) => {
    const late = new Promise((_, fail) => setTimeout(() => fail(new Error("it took too long")), 2 * PATIENCE).unref());
    return Promise.race([act(), late]).catch((error) => {
      throw new Error(`${step}: ${error?.stack ?? error}; heard ${JSON.stringify(journey.news)}`);
    });
  };
  await within("begin", () => journey.begin());
  told.era = journey.end.era;
  told.server = journey.end.client.getServerVersion()?.name;
  try {
    for (const step of job.steps) told[step] = await within(step, () => journey[step]());
  } finally {
    await within("close", () => journey.end.close());
  }
  return told;
});
