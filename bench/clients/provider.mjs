// A scripted provider on 127.0.0.1 that speaks chat completions, Anthropic messages and Responses, streaming and plain.
//
//   node provider.mjs --log FILE --key CREDENTIAL [--thinking insist|lenient|off] [--command 'cat proof.txt']
//
// The script: a request that offers a shell tool gets thinking, a short text and a call of that tool; one that brings the
// result gets the closing sentence, which repeats the proof found in it; any other (title, quota) gets a short text.
//
// It is as strict as the real ones, so that a bad translation shows as a 400 with the reason. Every request, decision and
// attempt to leave the machine (it is the clients' HTTPS proxy too, and refuses) is a line of JSON in FILE.
import { createHash, randomBytes } from "node:crypto";
import { appendFileSync } from "node:fs";
import { createServer } from "node:http";
import { parseArgs } from "node:util";
import * as chat from "./dialect-chat.mjs";
import * as messages from "./dialect-messages.mjs";
import * as responses from "./dialect-responses.mjs";
import { Refusal } from "./strict.mjs";

const { values: options } = parseArgs({
  options: {
    log: { type: "string" },
    key: { type: "string" },
    thinking: { type: "string", default: "insist" },
    command: { type: "string", default: "cat proof.txt" },
  },
});

const DIALECTS = {
  "/v1/chat/completions": chat,
  "/v1/messages": messages,
  "/v1/messages/count_tokens": messages,
  "/v1/responses": responses,
};
const BODY_BYTES_MAX = 32 << 20;
const PROOF = /penstock-proof-[0-9a-f]+/;
const SHELLS = ["Bash", "exec_command", "exec", "bash", "shell", "shell_command", "run_shell_command"];

let requests = 0;
const issued = []; // what was handed out with each tool call: the next turn must bring it back

function log(kind, facts) {
  appendFileSync(options.log, JSON.stringify({ at: new Date().toISOString(), kind, ...facts }) + "\n");
}

/** The first shell tool of the request's list, and arguments that fit its schema. */
function shellCall(tools) {
  for (const name of SHELLS) {
    const tool = tools.find((one) => one.name === name && !one.deferred);
    if (!tool) continue;
    const { properties = {}, required = [] } = tool.schema;
    const line = ["command", "cmd"].find((one) => properties[one]);
    if (!line) continue;
    const input = {};
    for (const other of required) if (other !== line) input[other] = filler(properties[other] ?? {});
    input[line] = properties[line].type === "array" ? ["bash", "-c", options.command] : options.command;
    return { name, input };
  }
  return undefined;
}

function filler(schema) {
  if (schema.enum) return schema.enum[0];
  return { number: 1, integer: 1, boolean: false, array: [], object: {} }[schema.type] ?? "Show the file";
}

/** What the script says to a request that passed its dialect's checks. */
function decide(view) {
  const id = randomBytes(9).toString("hex");
  if (view.results.length) {
    const all = view.results.map((one) => one.text).join("\n");
    const proof = PROOF.exec(all)?.[0];
    const said = proof ? `the file says ${proof}` : `no proof in ${JSON.stringify(all.slice(0, 120))}`;
    return { decision: "close", id, text: `All done — ${said}. Voilà ✓`, proof };
  }
  const call = shellCall(view.tools);
  if (!call) return { decision: "side", id, text: "A short title" };
  const thought = `First I look at the file — à la carte 🔎, "quoted" \\ and\nin two lines (${id}).`;
  const signature = createHash("sha512").update(thought).digest("base64");
  const step = { decision: "call", id, text: "Let me look at the file. ", call: { id, ...call } };
  if (options.thinking !== "off" && view.thinks) step.thinking = { thought, signature };
  issued.push(step);
  return step;
}

/** A quarter of a token per byte, the first half of a further turn from the cache: exact numbers to follow to the ledger. */
function usage(bytes, step) {
  const input = Math.ceil(bytes / 4);
  const cached = step.decision === "close" ? Math.floor(input / 2) : 0;
  const reasoning = step.thinking ? Math.ceil(step.thinking.thought.length / 4) : 0;
  const said = step.text + (step.call ? JSON.stringify(step.call.input) : "");
  return { input, cached, reasoning, output: reasoning + Math.ceil(said.length / 4) };
}

async function body(request) {
  const chunks = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes > BODY_BYTES_MAX) throw new Refusal("request too large", 413);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function authorised(request) {
  const shown = request.headers["x-api-key"] ?? request.headers.authorization?.replace(/^Bearer /, "");
  return shown === options.key;
}

/** Each event in two writes, cut at a byte that wanders: borders of chunks, events and characters never agree. */
async function send(answer, events) {
  answer.writeHead(200, { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache" });
  let cut = 0;
  for (const event of events) {
    const bytes = Buffer.from(event);
    cut = (cut * 7 + 11) % bytes.length;
    for (const part of [bytes.subarray(0, cut), bytes.subarray(cut)]) {
      if (part.length) answer.write(part);
      await new Promise(setImmediate);
    }
  }
  answer.end();
}

async function serve(request, answer) {
  const number = ++requests;
  const path = new URL(request.url, "http://provider").pathname;
  const dialect = DIALECTS[path];
  const bytes = await body(request);
  const { authorization, "x-api-key": apiKey, ...headers } = request.headers;
  let asked;
  try {
    asked = bytes.length ? JSON.parse(bytes.toString("utf8")) : undefined;
  } catch {
    asked = undefined;
  }
  log("request", { number, method: request.method, path: request.url, headers, bytes: bytes.length, body: asked });
  try {
    if (!dialect || request.method !== "POST") throw new Refusal(`no such endpoint: ${request.method} ${path}`, 404);
    if (!authorised(request)) throw new Refusal("invalid credential", 401);
    if (!asked || typeof asked !== "object" || Array.isArray(asked)) throw new Refusal("the body is not a JSON object");
    const counting = path.endsWith("/count_tokens");
    const view = dialect.check(asked, { headers, issued, insist: options.thinking === "insist", counting });
    if (counting) {
      const tokens = Math.ceil(bytes.length / 4);
      log("decision", { number, decision: "count", tokens });
      answer.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ input_tokens: tokens }));
      return;
    }
    const step = decide(view);
    const used = usage(bytes.length, step);
    const { decision, text, call, proof } = step;
    const results = view.results.map((one) => ({ id: one.id, text: one.text.slice(0, 2000) }));
    const tools = view.tools.map((one) => one.name);
    const { protocol } = dialect;
    const thinking = { sent: !!step.thinking, ...(view.results.length && { back: view.thinkingBack }) };
    log("decision", { number, protocol, decision, stream: !!asked.stream, text, call, proof, results, thinking, tools, usage: used });
    const reply = { model: asked.model, created: Math.floor(Date.now() / 1000), ...step, usage: used };
    if (asked.stream) await send(answer, dialect.stream(reply, asked));
    else answer.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(dialect.plain(reply, asked)));
  } catch (failure) {
    const status = failure instanceof Refusal ? failure.status : 500;
    log("refused", { number, status, reason: failure instanceof Refusal ? failure.message : failure.stack });
    if (answer.headersSent) answer.destroy();
    else answer.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify((dialect ?? chat).error(status, failure.message)));
  }
}

const server = createServer((request, answer) => {
  serve(request, answer).catch((failure) => log("broken", { reason: failure.stack }));
});
server.on("connect", (request, socket) => {
  log("left", { host: request.url });
  socket.on("error", () => {});
  socket.end("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n");
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => process.exit(0));
