// OpenAI chat completions, with `reasoning_content` as DeepSeek, Kimi and others have it: what came with a tool call
// must come back with it.
import { callOf, fields, list, must, number, oneOf, pieces, schema, text, toolName, unique } from "./strict.mjs";

export const protocol = "chat";

const REQUEST =
  "audio frequency_penalty function_call functions logit_bias logprobs max_completion_tokens max_tokens metadata modalities n " +
  "parallel_tool_calls prediction presence_penalty prompt_cache_key prompt_cache_retention reasoning_effort response_format " +
  "safety_identifier seed service_tier stop store stream stream_options temperature tool_choice tools top_logprobs top_p user " +
  "verbosity web_search_options";

export function check(request, { issued, insist }) {
  fields(request, "body", "model messages", REQUEST);
  must(!(request.max_tokens && request.max_completion_tokens), "max_tokens and max_completion_tokens cannot both be set");
  number(request.max_tokens ?? request.max_completion_tokens, "max_completion_tokens", 1, 200000);
  number(request.temperature, "temperature", 0, 2);
  number(request.top_p, "top_p", 0, 1);
  oneOf(request.reasoning_effort, "reasoning_effort", "none minimal low medium high xhigh");
  must(!request.stream_options || request.stream, "stream_options: only allowed when stream is true");
  if (request.stream_options) fields(request.stream_options, "stream_options", "", "include_usage include_obfuscation");
  if (Array.isArray(request.stop)) must(request.stop.length <= 4, "stop: at most 4");
  const tools = request.tools === undefined ? [] : list(request.tools, "tools").map(tool);
  must(request.tools === undefined || tools.length, "tools: [] is too short");
  unique(tools.map((one) => one.name), "tools");
  must(tools.length || request.tool_choice === undefined, "tool_choice is only allowed when tools are specified");
  must(tools.length || request.parallel_tool_calls === undefined, "parallel_tool_calls is only allowed when tools are specified");
  if (typeof request.tool_choice === "string") oneOf(request.tool_choice, "tool_choice", "none auto required");
  else if (request.tool_choice) {
    fields(request.tool_choice, "tool_choice", "type function");
    must(tools.some((one) => one.name === request.tool_choice.function.name), "tool_choice: no such tool");
  }
  const history = list(request.messages, "messages");
  must(history.length, "messages: [] is too short");
  history.forEach(message);
  pairs(history);
  const back = reasoning(history, issued, insist);
  const results = sinceLastQuestion(history).map((one) => ({ id: one.tool_call_id, text: plainText(one.content) }));
  return { tools, results, thinks: true, thinkingBack: back };
}

function tool(one, i) {
  const where = `tools[${i}]`;
  fields(one, where, "type function");
  must(one.type === "function", `${where}.type: ${one.type} (expected: function)`);
  fields(one.function, `${where}.function`, "name", "description parameters strict");
  toolName(one.function.name, `${where}.function.name`, 64);
  if (one.function.parameters !== undefined) schema(one.function.parameters, `${where}.function.parameters`);
  return { name: one.function.name, schema: one.function.parameters ?? {} };
}

const PARTS = {
  system: { text: "text" },
  developer: { text: "text" },
  user: { text: "text", image_url: "image_url", input_audio: "input_audio", file: "file" },
  assistant: { text: "text", refusal: "refusal" },
  tool: { text: "text" },
};
const FIELDS = {
  system: ["content", "name"],
  developer: ["content", "name"],
  user: ["content", "name"],
  assistant: ["", "content refusal name tool_calls reasoning_content"],
  tool: ["content tool_call_id", ""],
};

function message(one, i) {
  const where = `messages[${i}]`;
  must(FIELDS[one?.role], `${where}.role: ${JSON.stringify(one?.role)}`);
  const [required, optional] = FIELDS[one.role];
  fields(one, where, `role ${required}`, optional);
  if (one.role === "assistant") {
    if (one.tool_calls !== undefined) must(list(one.tool_calls, `${where}.tool_calls`).length, `${where}.tool_calls: [] is too short`);
    must(one.tool_calls || (one.content ?? one.refusal) != null, `${where}.content: expected, since there are no tool_calls`);
    if (one.reasoning_content != null) text(one.reasoning_content, `${where}.reasoning_content`);
    for (const [k, call] of (one.tool_calls ?? []).entries()) {
      const at = `${where}.tool_calls[${k}]`;
      fields(call, at, "id type function");
      text(call.id, `${at}.id`);
      must(call.type === "function", `${at}.type: ${call.type}`);
      fields(call.function, `${at}.function`, "name arguments");
      toolName(call.function.name, `${at}.function.name`, 64);
      text(call.function.arguments, `${at}.function.arguments`);
      try {
        JSON.parse(call.function.arguments);
      } catch {
        must(false, `${at}.function.arguments: not JSON`);
      }
    }
    if (one.content == null) return;
  }
  if (typeof one.content === "string") return;
  must(list(one.content, `${where}.content`).length, `${where}.content: [] is too short`);
  for (const [k, part] of one.content.entries()) {
    const at = `${where}.content[${k}]`;
    const value = PARTS[one.role][part?.type];
    must(value, `${at}.type: ${JSON.stringify(part?.type)} is not for role ${one.role}`);
    fields(part, at, `type ${value}`);
    if (value === "text") text(part.text, `${at}.text`);
    if (value === "image_url") text(part.image_url.url, `${at}.image_url.url`);
  }
}

/** Every call is answered by the tool messages right after it, and every tool message answers one. */
function pairs(history) {
  let open = new Set();
  for (const [i, one] of history.entries()) {
    if (one.role === "tool") {
      must(open.delete(one.tool_call_id), `messages[${i}]: role 'tool' must be a response to a preceding message with 'tool_calls' (${one.tool_call_id})`);
      continue;
    }
    must(!open.size, `messages[${i}]: tool_calls must be followed by tool messages responding to each; missing: ${[...open]}`);
    open = new Set((one.tool_calls ?? []).map((call) => call.id));
  }
  must(!open.size, `tool_calls must be followed by tool messages responding to each; missing: ${[...open]}`);
}

function reasoning(history, issued, insist) {
  let back = "nothing to bring";
  for (const [i, one] of history.entries()) {
    const step = (one.tool_calls ?? []).map((call) => callOf(call.id, issued)).find(Boolean);
    if (!step?.thinking) continue;
    if (one.reasoning_content == null) {
      must(!insist, `messages[${i}]: the reasoning_content in the thinking mode must be passed back`);
      back = "missing";
    } else {
      must(one.reasoning_content === step.thinking.thought, `messages[${i}].reasoning_content: not what was sent`);
      back = "byte for byte";
    }
  }
  return back;
}

/** The tool messages after the last assistant message; text that a client adds after them does not hide them. */
function sinceLastQuestion(history) {
  const last = history.findLastIndex((one) => one.role === "assistant");
  return last < 0 ? [] : history.slice(last).filter((one) => one.role === "tool");
}

function plainText(content) {
  return typeof content === "string" ? content : content.map((part) => part.text ?? "").join("");
}

function usageOf({ input, cached, output, reasoning: thought }) {
  return {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
    prompt_tokens_details: { cached_tokens: cached, audio_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: thought, audio_tokens: 0 },
  };
}

export function* stream(reply, request) {
  const head = { id: `chatcmpl-${reply.id}`, object: "chat.completion.chunk", created: reply.created, model: reply.model };
  const usage = request.stream_options?.include_usage;
  const chunk = (delta, finish = null) =>
    `data: ${JSON.stringify({ ...head, choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }], ...(usage && { usage: null }) })}\n\n`;
  yield chunk({ role: "assistant", content: "" });
  yield ": a comment\n\n";
  if (reply.thinking) for (const piece of pieces(reply.thinking.thought, 7)) yield chunk({ reasoning_content: piece });
  for (const piece of pieces(reply.text, 5)) yield chunk({ content: piece });
  if (reply.call) {
    const { id, name, input } = reply.call;
    yield chunk({ tool_calls: [{ index: 0, id: `call_${id}`, type: "function", function: { name, arguments: "" } }] });
    for (const piece of pieces(JSON.stringify(input), 3)) yield chunk({ tool_calls: [{ index: 0, function: { arguments: piece } }] });
  }
  yield chunk({}, reply.call ? "tool_calls" : "stop");
  if (usage) yield `data: ${JSON.stringify({ ...head, choices: [], usage: usageOf(reply.usage) })}\n\n`;
  yield "data: [DONE]\n\n";
}

export function plain(reply) {
  const message = { role: "assistant", content: reply.text, refusal: null };
  if (reply.thinking) message.reasoning_content = reply.thinking.thought;
  if (reply.call) {
    const { id, name, input } = reply.call;
    message.tool_calls = [{ id: `call_${id}`, type: "function", function: { name, arguments: JSON.stringify(input) } }];
  }
  return {
    id: `chatcmpl-${reply.id}`,
    object: "chat.completion",
    created: reply.created,
    model: reply.model,
    choices: [{ index: 0, message, logprobs: null, finish_reason: reply.call ? "tool_calls" : "stop" }],
    usage: usageOf(reply.usage),
  };
}

export function error(status, reason) {
  return { error: { message: reason, type: status < 500 ? "invalid_request_error" : "server_error", param: null, code: null } };
}
