// Anthropic messages. Thinking is sent only to who asks for it, and with a signature; with a tool call it must come back
// byte for byte as long as the request still asks for thinking.
import { callOf, fields, list, must, number, oneOf, pieces, schema, text, toolName, unique } from "./strict.mjs";

export const protocol = "messages";

const REQUEST =
  "cache_control container inference_geo metadata output_config service_tier stop_sequences stream system temperature thinking " +
  "tool_choice tools top_k top_p";
const BETA_FIELDS = { context_management: "context-management-", mcp_servers: "mcp-client-", output_format: "structured-outputs-", speed: "fast-mode-" };
const CACHE_MARKS_MAX = 4;

export function check(request, { headers, issued, insist, counting }) {
  const betas = (headers["anthropic-beta"] ?? "").split(",").map((one) => one.trim());
  const beta = (prefix) => betas.some((one) => one.startsWith(prefix));
  must(headers["anthropic-version"], "anthropic-version: header is required");
  fields(request, "body", counting ? "model messages" : "model messages max_tokens", `${REQUEST} ${Object.keys(BETA_FIELDS).join(" ")}`);
  for (const [name, prefix] of Object.entries(BETA_FIELDS)) {
    must(request[name] === undefined || beta(prefix), `${name}: Extra inputs are not permitted (its beta is not in anthropic-beta)`);
  }
  number(request.max_tokens, "max_tokens", 1, 128000);
  number(request.temperature, "temperature", 0, 1);
  number(request.top_p, "top_p", 0, 1);
  for (const one of request.stop_sequences ?? []) must(/\S/.test(one), "stop_sequences: each stop sequence must contain non-whitespace");
  if (request.metadata) fields(request.metadata, "metadata", "", "user_id");
  if (request.output_config) {
    fields(request.output_config, "output_config", "", "effort format task_budget");
    oneOf(request.output_config.effort, "output_config.effort", "low medium high xhigh max");
  }
  const tools = request.tools === undefined ? [] : list(request.tools, "tools").map(tool);
  unique(tools.map((one) => one.name), "tools");
  const thinks = thinking(request, counting);
  if (request.tool_choice) {
    must(tools.length, "tool_choice: may only be specified while providing tools");
    fields(request.tool_choice, "tool_choice", "type", "name disable_parallel_tool_use");
    oneOf(request.tool_choice.type, "tool_choice.type", "auto any tool none");
    must(!thinks || /auto|none/.test(request.tool_choice.type), "Thinking may not be enabled when tool_choice forces tool use.");
  }
  if (Array.isArray(request.system)) request.system.forEach((one, i) => block(one, `system.${i}`, { text: BLOCKS.user.text }));
  else if (request.system !== undefined) text(request.system, "system");
  const history = list(request.messages, "messages");
  must(history.length, "messages: at least one message is required");
  history.forEach((one, i) => message(one, i, beta));
  const turns = merge(history);
  must(turns[0]?.role === "user", "messages: first message must use the \"user\" role");
  must(turns.at(-1).role === "user", "This model does not support assistant message prefill. The conversation must end with a user message.");
  pairs(turns, tools);
  cacheMarks(request);
  const back = signatures(turns, issued, insist && thinks, thinks);
  const results = turns.at(-1).content.filter((one) => one.type === "tool_result").map((one) => ({ id: one.tool_use_id, text: resultText(one.content) }));
  return { tools, results, thinks, thinkingBack: back };
}

function thinking(request, counting) {
  const mode = request.thinking;
  if (!mode) return false;
  oneOf(mode.type, "thinking.type", "enabled disabled adaptive");
  if (mode.type === "enabled") {
    fields(mode, "thinking", "type budget_tokens", "display");
    number(mode.budget_tokens, "thinking.enabled.budget_tokens", 1024, 128000);
    must(counting || mode.budget_tokens < request.max_tokens, "`max_tokens` must be greater than `thinking.budget_tokens`");
  } else fields(mode, "thinking", "type", "display");
  if (mode.type === "disabled") return false;
  must((request.temperature ?? 1) === 1, "`temperature` may only be set to 1 when thinking is enabled");
  must(request.top_k === undefined, "`top_k` must be unset when thinking is enabled");
  must((request.top_p ?? 1) >= 0.95, "`top_p` must be at least 0.95 or unset when thinking is enabled");
  return true;
}

function tool(one, i) {
  const where = `tools.${i}`;
  if (/_\d{8}$/.test(one?.type)) return { name: one.name, schema: {}, deferred: true }; // the provider's own tools
  fields(one, where, "name input_schema", "type description cache_control strict defer_loading allowed_callers input_examples eager_input_streaming");
  oneOf(one.type, `${where}.type`, "custom");
  toolName(one.name, `${where}.name`, 128);
  if (one.description !== undefined) text(one.description, `${where}.description`);
  schema(one.input_schema, `${where}.input_schema`);
  return { name: one.name, schema: one.input_schema, deferred: !!one.defer_loading };
}

const BLOCKS = {
  user: {
    text: ["text", "cache_control citations"],
    image: ["source", "cache_control"],
    document: ["source", "title context citations cache_control"],
    tool_result: ["tool_use_id", "content is_error cache_control"],
  },
  assistant: {
    text: ["text", "cache_control citations"],
    thinking: ["thinking signature", ""],
    redacted_thinking: ["data", ""],
    tool_use: ["id name input", "cache_control caller"],
  },
};
const INSIDE_RESULT = { text: BLOCKS.user.text, image: BLOCKS.user.image, document: BLOCKS.user.document, tool_reference: ["tool_name", "cache_control"] };

function message(one, i, beta) {
  const where = `messages.${i}`;
  fields(one, where, "role content", "output_config");
  oneOf(one.role, `${where}.role`, "user assistant system");
  if (one.role === "system") {
    must(i > 0, `${where}: a system message cannot come first; use the top-level system parameter`);
    must(beta("mid-conversation-"), `${where}.role: system is not supported without its beta; use the top-level system parameter`);
  }
  if (typeof one.content === "string") {
    must(/\S/.test(one.content), `${where}: text content blocks must contain non-whitespace text`);
    return;
  }
  must(list(one.content, `${where}.content`).length, `${where}: all messages must have non-empty content`);
  const known = one.role === "system" ? { text: BLOCKS.user.text } : BLOCKS[one.role];
  one.content.forEach((part, k) => block(part, `${where}.content.${k}`, known));
}

function block(one, where, known) {
  const rule = known[one?.type];
  must(rule, `${where}: Input tag '${one?.type}' does not match any of the expected tags: ${Object.keys(known)}`);
  fields(one, where, `type ${rule[0]}`, rule[1]);
  if (one.cache_control != null) {
    fields(one.cache_control, `${where}.cache_control`, "type", "ttl scope");
    oneOf(one.cache_control.type, `${where}.cache_control.type`, "ephemeral");
  }
  if (one.type === "text") must(typeof one.text === "string" && /\S/.test(one.text), `${where}: text content blocks must contain non-whitespace text`);
  if (one.type === "image") {
    oneOf(one.source?.type, `${where}.source.type`, "base64 url file");
    if (one.source.type === "base64") fields(one.source, `${where}.source`, "type media_type data");
  }
  if (one.type === "tool_use") {
    must(/^[a-zA-Z0-9_-]+$/.test(one.id), `${where}.id: String should match pattern '^[a-zA-Z0-9_-]+$'`);
    toolName(one.name, `${where}.name`, 128);
    must(one.input && typeof one.input === "object" && !Array.isArray(one.input), `${where}.input: Input should be a valid dictionary`);
  }
  if (one.type === "tool_result" && Array.isArray(one.content)) {
    one.content.forEach((part, k) => block(part, `${where}.content.${k}`, INSIDE_RESULT));
  }
}

/** As the provider sees it: neighbours of one role are one turn, and system messages stand between turns, not in them. */
function merge(history) {
  const turns = [];
  for (const one of history) {
    if (one.role === "system") continue;
    const content = typeof one.content === "string" ? [{ type: "text", text: one.content }] : one.content;
    if (turns.at(-1)?.role === one.role) turns.at(-1).content.push(...content);
    else turns.push({ role: one.role, content: [...content] });
  }
  return turns;
}

/** Every call is answered at the beginning of the very next turn, and every result answers a call of the turn before. */
function pairs(turns, tools) {
  const uses = (turn) => (turn?.role === "assistant" ? turn.content.filter((one) => one.type === "tool_use").map((one) => one.id) : []);
  unique(turns.flatMap(uses), "`tool_use` ids");
  for (const [i, turn] of turns.entries()) {
    const ids = uses(turn);
    must(!ids.length || tools.length, "tools: Field required, since the conversation holds `tool_use` blocks");
    const next = turns[i + 1]?.content ?? [];
    const answered = next.slice(0, next.findIndex((one) => one.type !== "tool_result") >>> 0).map((one) => one.tool_use_id);
    for (const id of ids) must(answered.includes(id), `turn ${i}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${id}`);
    const calls = uses(turns[i - 1]);
    const results = turn.content.filter((one) => one.type === "tool_result").map((one) => one.tool_use_id);
    for (const id of results) must(calls.includes(id), `turn ${i}: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${id}`);
    unique(results, `turn ${i}: \`tool_result\` blocks`);
  }
}

function cacheMarks(request) {
  let marks = 0;
  JSON.stringify({ s: request.system, t: request.tools, m: request.messages }, (name, value) => {
    if (name === "cache_control" && value && typeof value === "object" && value.type === "ephemeral") marks++;
    return value;
  });
  must(marks <= CACHE_MARKS_MAX, `A maximum of ${CACHE_MARKS_MAX} blocks with cache_control may be provided. Found ${marks}.`);
}

/** No signature but one that was made here, over just that text; none left out in the turn that a tool result continues. */
function signatures(turns, issued, insist, thinks) {
  let back = "nothing to bring";
  for (const turn of turns.filter((one) => one.role === "assistant")) {
    const thoughts = turn.content.filter((one) => one.type === "thinking");
    for (const one of thoughts) {
      const step = issued.find((other) => other.thinking?.signature === one.signature);
      must(step && step.thinking.thought === one.thinking, "Invalid `signature` in `thinking` block");
    }
    const step = turn.content.filter((one) => one.type === "tool_use").map((one) => callOf(one.id, issued)).find(Boolean);
    if (!step?.thinking) continue;
    back = thoughts.length ? "byte for byte" : thinks ? "missing" : "missing, but thinking is off now";
    must(!insist || turn.content[0].type === "thinking", `Expected \`thinking\` or \`redacted_thinking\`, but found \`${turn.content[0].type}\`. When \`thinking\` is enabled, an \`assistant\` message with a tool call must start with a thinking block`);
  }
  return back;
}

function resultText(content) {
  return typeof content === "string" ? content : (content ?? []).map((part) => part.text ?? "").join("");
}

function usageOf({ input, cached, output }) {
  return { input_tokens: input - cached, cache_creation_input_tokens: 0, cache_read_input_tokens: cached, output_tokens: output };
}

function blocks(reply) {
  const all = [];
  if (reply.thinking) all.push({ type: "thinking", thinking: reply.thinking.thought, signature: reply.thinking.signature });
  all.push({ type: "text", text: reply.text });
  if (reply.call) all.push({ type: "tool_use", id: `toolu_${reply.call.id}`, name: reply.call.name, input: reply.call.input });
  return all;
}

export function* stream(reply) {
  const event = (type, rest) => `event: ${type}\ndata: ${JSON.stringify({ type, ...rest })}\n\n`;
  const { content, ...message } = { ...plain(reply), stop_reason: null, usage: { ...usageOf(reply.usage), output_tokens: 1 } };
  yield event("message_start", { message: { ...message, content: [] } });
  yield event("ping", {});
  for (const [index, one] of content.entries()) {
    const delta = (type, rest) => event("content_block_delta", { index, delta: { type, ...rest } });
    const empty = { thinking: { thinking: "", signature: "" }, text: { text: "" }, tool_use: { input: {} } }[one.type];
    yield event("content_block_start", { index, content_block: { ...one, ...empty } });
    if (one.type === "thinking") {
      for (const piece of pieces(one.thinking, 7)) yield delta("thinking_delta", { thinking: piece });
      yield delta("signature_delta", { signature: one.signature });
    } else if (one.type === "text") {
      for (const piece of pieces(one.text, 5)) yield delta("text_delta", { text: piece });
    } else {
      yield delta("input_json_delta", { partial_json: "" });
      for (const piece of pieces(JSON.stringify(one.input), 3)) yield delta("input_json_delta", { partial_json: piece });
    }
    yield event("content_block_stop", { index });
  }
  yield event("message_delta", { delta: { stop_reason: reply.call ? "tool_use" : "end_turn", stop_sequence: null }, usage: usageOf(reply.usage) });
  yield event("message_stop", {});
}

export function plain(reply) {
  return {
    id: `msg_${reply.id}`,
    type: "message",
    role: "assistant",
    model: reply.model,
    content: blocks(reply),
    stop_reason: reply.call ? "tool_use" : "end_turn",
    stop_sequence: null,
    usage: usageOf(reply.usage),
  };
}

const TYPES = { 401: "authentication_error", 404: "not_found_error", 413: "request_too_large", 500: "api_error" };

export function error(status, reason) {
  return { type: "error", error: { type: TYPES[status] ?? "invalid_request_error", message: reason } };
}
