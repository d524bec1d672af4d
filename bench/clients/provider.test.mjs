// node --test provider.test.mjs: what the scripted provider refuses, since a provider that takes anything proves nothing.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { after, before, test } from "node:test";

let provider;
let port;

before(async () => {
  provider = spawn(process.execPath, [new URL("provider.mjs", import.meta.url).pathname, "--log", "/dev/null", "--key", "k"]);
  port = String(await once(provider.stdout, "data")).trim();
});
after(() => provider.kill());

async function post(path, body, headers = {}) {
  const answer = await fetch(`http://127.0.0.1:${port}/v1/${path}`, {
    method: "POST",
    headers: { authorization: "Bearer k", "anthropic-version": "2023-06-01", ...headers },
    body: JSON.stringify({ model: "m", ...body }),
  });
  return { status: answer.status, body: await answer.json() };
}

const messages = (body) => post("messages", { max_tokens: 2000, ...body });
const chat = (body) => post("chat/completions", body);
const responses = (body) => post("responses", body);
const user = (content = "go") => ({ role: "user", content });
const BASH = { name: "Bash", input_schema: { type: "object", properties: { command: { type: "string" } }, required: ["command"] } };
const EXEC = { type: "function", function: { name: "exec", parameters: BASH.input_schema } };
const FLAT = { type: "function", name: "exec_command", parameters: { type: "object", properties: { cmd: { type: "string" } } } };
const use = (id) => ({ type: "tool_use", id, name: "Bash", input: {} });
const result = (id) => ({ type: "tool_result", tool_use_id: id, content: "ok" });
const assistant = (...content) => ({ role: "assistant", content });
const calls = (...ids) => ({ role: "assistant", content: null, tool_calls: ids.map((id) => ({ id, type: "function", function: { name: "exec", arguments: "{}" } })) });
const tool = (id) => ({ role: "tool", tool_call_id: id, content: "ok" });

const REFUSED = [
  [/max_tokens: Field required/, () => post("messages", { messages: [user()] })],
  [/Extra inputs/, () => messages({ messages: [user()], stream_options: {} })],
  [/Extra inputs/, () => messages({ messages: [{ ...user(), name: "n" }] })],
  [/its beta/, () => messages({ messages: [user()], context_management: {} })],
  [/first message/, () => messages({ messages: [assistant({ type: "text", text: "hi" }), user()] })],
  [/system is not supported/, () => messages({ messages: [user(), { role: "system", content: "s" }] })],
  [/messages\.0\.role/, () => messages({ messages: [{ role: "tool", content: "s" }] })],
  [/non-whitespace/, () => messages({ messages: [user([{ type: "text", text: "" }])] })],
  [/Input tag 'image_url'/, () => messages({ messages: [user([{ type: "image_url", image_url: {} }])] })],
  [/without `tool_result` blocks/, () => messages({ tools: [BASH], messages: [user(), assistant(use("a")), user()] })],
  [/without `tool_result` blocks/, () => messages({ tools: [BASH], messages: [user(), assistant(use("a")), user([{ type: "text", text: "first" }, result("a")])] })],
  [/unexpected `tool_use_id`/, () => messages({ tools: [BASH], messages: [user(), assistant(use("a")), user([result("a"), result("b")])] })],
  [/tools: Field required/, () => messages({ messages: [user(), assistant(use("a")), user([result("a")])] })],
  [/should match pattern/, () => messages({ tools: [BASH], messages: [user(), assistant(use("a.b")), user([result("a.b")])] })],
  [/input_schema/, () => messages({ tools: [{ name: "f", parameters: {} }], messages: [user()] })],
  [/expected "object"/, () => messages({ tools: [{ name: "f", input_schema: {} }], messages: [user()] })],
  [/budget_tokens/, () => messages({ thinking: { type: "enabled", budget_tokens: 2000 }, messages: [user()] })],
  [/temperature/, () => messages({ thinking: { type: "adaptive" }, temperature: 0.5, messages: [user()] })],
  [/Invalid `signature`/, () => messages({ messages: [user(), assistant({ type: "thinking", thinking: "t", signature: "" }), user()] })],
  [/Found 5/, () => messages({ messages: [user(Array(5).fill({ type: "text", text: "t", cache_control: { type: "ephemeral" } }))] })],
  [/Extra inputs/, () => chat({ messages: [user()], thinking: {} })],
  [/Extra inputs/, () => chat({ messages: [user([{ type: "text", text: "t", cache_control: {} }])] })],
  [/"image" is not for role user/, () => chat({ messages: [user([{ type: "image", source: {} }])] })],
  [/cannot both be set/, () => chat({ messages: [user()], max_tokens: 5, max_completion_tokens: 5 })],
  [/only allowed when stream/, () => chat({ messages: [user()], stream_options: { include_usage: true } })],
  [/only allowed when tools/, () => chat({ messages: [user()], tool_choice: "auto" })],
  [/preceding message/, () => chat({ messages: [user(), tool("a")] })],
  [/missing: b/, () => chat({ tools: [EXEC], messages: [user(), calls("a", "b"), tool("a"), user()] })],
  [/no tool_calls/, () => chat({ messages: [user(), { role: "assistant", content: null }, user()] })],
  [/missing items/, () => chat({ messages: [user()], tools: [{ type: "function", function: { name: "f", parameters: { type: "object", properties: { a: { type: "array" } } } } }] })],
  [/No tool call found/, () => responses({ input: [user(), { type: "function_call_output", call_id: "a", output: "x" }] })],
  [/No tool output found/, () => responses({ input: [user(), { type: "function_call", call_id: "a", name: "f", arguments: "{}" }] })],
  [/"text" is not for role user/, () => responses({ input: [user([{ type: "text", text: "t" }])] })],
  [/could not be verified/, () => responses({ input: [user(), { type: "reasoning", summary: [], encrypted_content: "mine" }, user()] })],
];

for (const [i, [reason, ask]] of REFUSED.entries()) {
  test(`refuses ${i}: ${reason}`, async () => {
    const { status, body } = await ask();
    assert.equal(status, 400, JSON.stringify(body));
    assert.match(body.error.message, reason);
  });
}

test("messages: the thinking of a call comes back byte for byte, or the next turn is refused", async () => {
  const first = { thinking: { type: "adaptive" }, tools: [BASH], messages: [user()] };
  const { content } = (await messages(first)).body;
  assert.deepEqual(content.map((one) => one.type), ["thinking", "text", "tool_use"]);
  const next = (blocks) => messages({ ...first, messages: [user(), assistant(...blocks), user([{ ...result(content[2].id), content: "penstock-proof-1f" }])] });
  assert.match((await next(content)).body.content[0].text, /the file says penstock-proof-1f/);
  assert.match((await next(content.slice(1))).body.error.message, /Expected `thinking`/);
  assert.match((await next([{ ...content[0], thinking: "changed" }, ...content.slice(1)])).body.error.message, /Invalid `signature`/);
});

test("chat: so does reasoning_content", async () => {
  const { message } = (await chat({ tools: [EXEC], messages: [user()] })).body.choices[0];
  const next = (one) => chat({ tools: [EXEC], messages: [user(), one, { ...tool(message.tool_calls[0].id), content: "penstock-proof-1f" }] });
  assert.match((await next(message)).body.choices[0].message.content, /the file says penstock-proof-1f/);
  assert.match((await next({ ...message, reasoning_content: undefined })).body.error.message, /must be passed back/);
  assert.match((await next({ ...message, reasoning_content: "changed" })).body.error.message, /not what was sent/);
});

test("responses: so does encrypted_content", async () => {
  const { output } = (await responses({ include: ["reasoning.encrypted_content"], tools: [FLAT], input: "go" })).body;
  const answer = { type: "function_call_output", call_id: output[2].call_id, output: "penstock-proof-1f" };
  const next = (items) => responses({ tools: [FLAT], input: [user(), ...items, answer] });
  assert.match((await next(output)).body.output[0].content[0].text, /the file says penstock-proof-1f/);
  assert.match((await next(output.slice(1))).body.error.message, /required 'reasoning' item/);
});

test("a wrong credential is a 401", async () => {
  assert.equal((await post("chat/completions", { messages: [user()] }, { authorization: "Bearer other" })).status, 401);
});
