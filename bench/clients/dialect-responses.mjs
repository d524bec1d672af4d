// OpenAI Responses without storage, as Codex uses it: reasoning goes out as `encrypted_content` to who includes it, and
// must come back byte for byte with the call that it led to.
import { callOf, fields, list, must, number, oneOf, pieces, schema, text, toolName } from "./strict.mjs";

export const protocol = "responses";

const REQUEST =
  "background client_metadata conversation include instructions max_output_tokens max_tool_calls metadata parallel_tool_calls " +
  "previous_response_id prompt prompt_cache_key prompt_cache_retention reasoning safety_identifier service_tier store stream " +
  "stream_options temperature text tool_choice tools top_logprobs top_p truncation user";

export function check(request, { issued, insist }) {
  fields(request, "body", "model input", REQUEST);
  number(request.max_output_tokens, "max_output_tokens", 16, 200000);
  number(request.temperature, "temperature", 0, 2);
  must(!request.previous_response_id, `previous_response_id: ${request.previous_response_id} not found`);
  if (request.reasoning) {
    fields(request.reasoning, "reasoning", "", "effort summary context");
    oneOf(request.reasoning.effort, "reasoning.effort", "none minimal low medium high xhigh");
  }
  const tools = list(request.tools ?? [], "tools").flatMap((one, i) => tool(one, `tools[${i}]`));
  if (typeof request.tool_choice === "string") oneOf(request.tool_choice, "tool_choice", "none auto required");
  const items = typeof request.input === "string" ? [{ role: "user", content: request.input }] : list(request.input, "input");
  items.forEach(item);
  pairs(items);
  const back = reasoning(items, issued, insist);
  const last = items.findLastIndex((one) => /_call$/.test(one.type));
  const results = items.slice(last + 1).filter((one) => /_call_output$/.test(one.type)).map((one) => ({ id: one.call_id, text: outputText(one.output) }));
  return { tools, results, thinks: !!request.include?.includes("reasoning.encrypted_content"), thinkingBack: back };
}

function tool(one, where) {
  if (one?.type === "function") {
    fields(one, where, "type name", "description parameters strict defer_loading");
    toolName(one.name, `${where}.name`, 64);
    if (one.parameters) schema(one.parameters, `${where}.parameters`);
    return [{ name: one.name, schema: one.parameters ?? {} }];
  }
  if (one?.type === "namespace") {
    fields(one, where, "type name description tools");
    return list(one.tools, `${where}.tools`).flatMap((inner, k) => tool(inner, `${where}.tools[${k}]`)).map((inner) => ({ ...inner, deferred: true }));
  }
  oneOf(one?.type ?? "", `${where}.type`, "custom web_search web_search_preview local_shell tool_search image_generation file_search mcp code_interpreter");
  return [{ name: one.name ?? one.type, schema: {}, deferred: true }];
}

const ITEMS = {
  message: ["role content", "id status phase"],
  reasoning: ["summary", "id content encrypted_content status"],
  function_call: ["call_id name arguments", "id status namespace"],
  function_call_output: ["call_id output", "id status"],
  custom_tool_call: ["call_id name input", "id status namespace"],
  custom_tool_call_output: ["call_id output", "id status name"],
};
const PARTS = {
  user: { input_text: "text", input_image: "", input_file: "" },
  system: { input_text: "text" },
  developer: { input_text: "text" },
  assistant: { output_text: "text", refusal: "refusal" },
};

function item(one, i) {
  const where = `input[${i}]`;
  const type = one?.type ?? (one?.role ? "message" : undefined);
  must(ITEMS[type], `${where}.type: ${JSON.stringify(type)}`);
  fields(one, where, ITEMS[type][0], `type ${ITEMS[type][1]}`);
  if (type === "message") {
    must(PARTS[one.role], `${where}.role: ${JSON.stringify(one.role)}`);
    if (typeof one.content === "string") return;
    for (const [k, part] of list(one.content, `${where}.content`).entries()) {
      const value = PARTS[one.role][part?.type];
      must(value !== undefined, `${where}.content[${k}].type: ${JSON.stringify(part?.type)} is not for role ${one.role}`);
      if (value) text(part[value], `${where}.content[${k}].${value}`);
    }
  }
  if (type === "function_call") {
    text(one.arguments, `${where}.arguments`);
    if (one.id !== undefined) must(one.id.startsWith("fc"), `${where}.id: expected an ID that begins with 'fc'`);
  }
}

function pairs(items) {
  const calls = new Set();
  const open = new Set();
  for (const [i, one] of items.entries()) {
    if (/_call$/.test(one.type)) {
      calls.add(one.call_id);
      open.add(one.call_id);
    } else if (/_call_output$/.test(one.type)) {
      must(calls.has(one.call_id), `input[${i}]: No tool call found for function call output with call_id ${one.call_id}.`);
      open.delete(one.call_id);
    }
  }
  must(!open.size, `No tool output found for function call ${[...open]}.`);
}

function reasoning(items, issued, insist) {
  let back = "nothing to bring";
  for (const one of items.filter((other) => other.type === "reasoning" && other.encrypted_content != null)) {
    must(issued.some((step) => step.thinking?.signature === one.encrypted_content), "The encrypted content could not be verified.");
  }
  for (const [i, one] of items.entries()) {
    const step = one.type === "function_call" ? callOf(one.call_id, issued) : undefined;
    if (!step?.thinking) continue;
    const brought = items.slice(0, i).some((other) => other.type === "reasoning" && other.encrypted_content === step.thinking.signature);
    must(brought || !insist, `input[${i}]: function_call was provided without its required 'reasoning' item`);
    back = brought ? "byte for byte" : "missing";
  }
  return back;
}

function outputText(output) {
  return typeof output === "string" ? output : output.map((part) => part.text ?? "").join("");
}

function output(reply) {
  const items = [];
  if (reply.thinking) {
    const summary = [{ type: "summary_text", text: reply.thinking.thought }];
    items.push({ type: "reasoning", id: `rs_${reply.id}`, summary, encrypted_content: reply.thinking.signature });
  }
  const content = [{ type: "output_text", text: reply.text, annotations: [], logprobs: [] }];
  items.push({ type: "message", id: `msg_${reply.id}`, status: "completed", role: "assistant", content });
  if (reply.call) {
    const { id, name, input } = reply.call;
    items.push({ type: "function_call", id: `fc_${id}`, status: "completed", call_id: `call_${id}`, name, arguments: JSON.stringify(input) });
  }
  return items;
}

export function* stream(reply, request) {
  let sequence = 0;
  const event = (type, rest) => `event: ${type}\ndata: ${JSON.stringify({ type, sequence_number: sequence++, ...rest })}\n\n`;
  const whole = plain(reply, request);
  const begun = { ...whole, status: "in_progress", output: [], usage: null };
  yield event("response.created", { response: begun });
  yield event("response.in_progress", { response: begun });
  for (const [output_index, one] of whole.output.entries()) {
    const at = { item_id: one.id, output_index };
    const empty = { reasoning: { summary: [] }, message: { content: [], status: "in_progress" }, function_call: { arguments: "", status: "in_progress" } };
    yield event("response.output_item.added", { output_index, item: { ...one, ...empty[one.type] } });
    if (one.type === "reasoning") {
      const [part] = one.summary;
      yield event("response.reasoning_summary_part.added", { ...at, summary_index: 0, part: { ...part, text: "" } });
      for (const delta of pieces(part.text, 7)) yield event("response.reasoning_summary_text.delta", { ...at, summary_index: 0, delta });
      yield event("response.reasoning_summary_text.done", { ...at, summary_index: 0, text: part.text });
      yield event("response.reasoning_summary_part.done", { ...at, summary_index: 0, part });
    } else if (one.type === "message") {
      const [part] = one.content;
      yield event("response.content_part.added", { ...at, content_index: 0, part: { ...part, text: "" } });
      for (const delta of pieces(part.text, 5)) yield event("response.output_text.delta", { ...at, content_index: 0, delta, logprobs: [] });
      yield event("response.output_text.done", { ...at, content_index: 0, text: part.text, logprobs: [] });
      yield event("response.content_part.done", { ...at, content_index: 0, part });
    } else {
      for (const delta of pieces(one.arguments, 3)) yield event("response.function_call_arguments.delta", { ...at, delta });
      yield event("response.function_call_arguments.done", { ...at, name: one.name, arguments: one.arguments });
    }
    yield event("response.output_item.done", { output_index, item: one });
  }
  yield event("response.completed", { response: whole });
}

export function plain(reply, request) {
  const { input, cached, output: out, reasoning: thought } = reply.usage;
  return {
    id: `resp_${reply.id}`,
    object: "response",
    created_at: reply.created,
    status: "completed",
    error: null,
    incomplete_details: null,
    instructions: request.instructions ?? null,
    model: reply.model,
    output: output(reply),
    parallel_tool_calls: request.parallel_tool_calls ?? true,
    store: false,
    tool_choice: request.tool_choice ?? "auto",
    tools: request.tools ?? [],
    usage: {
      input_tokens: input,
      input_tokens_details: { cached_tokens: cached },
      output_tokens: out,
      output_tokens_details: { reasoning_tokens: thought },
      total_tokens: input + out,
    },
  };
}

export { error } from "./dialect-chat.mjs";
