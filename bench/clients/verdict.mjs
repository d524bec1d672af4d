// Shows the end of one client's transcript, and judges the run from both sides: what the provider got, what the client said.
//
//   node verdict.mjs --client NAME --directory DIR --proof TEXT --status EXIT_STATUS
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";

const { values: options } = parseArgs({
  options: { client: { type: "string" }, directory: { type: "string" }, proof: { type: "string" }, status: { type: "string" } },
});
const LINE_LETTERS = 150;
const LINES = 8;

function read(name) {
  try {
    return readFileSync(`${options.directory}/${name}`, "utf8");
  } catch {
    return "";
  }
}

function json(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const jsonLines = (text) => text.split("\n").map(json).filter(Boolean);

const brief = (value) => {
  const text = (typeof value === "string" ? value : JSON.stringify(value) ?? "").replace(/\s+/g, " ").trim();
  return text.length > LINE_LETTERS ? `${text.slice(0, LINE_LETTERS)}…` : text;
};

// Each gives the steps of a transcript as lines, and the client's final answer.
const TRANSCRIPTS = {
  "claude-code"(text) {
    const steps = [];
    let final;
    for (const event of jsonLines(text)) {
      for (const block of [event.message?.content ?? []].flat()) {
        if (block.type === "thinking") steps.push(["thinking", block.thinking]);
        if (block.type === "text") steps.push([event.type, block.text]);
        if (block.type === "tool_use") steps.push([`calls ${block.name}`, block.input]);
        if (block.type === "tool_result") steps.push(["result", block.content]);
      }
      if (event.type === "result") {
        final = event.is_error ? undefined : event.result;
        steps.push([event.is_error ? "error" : "final answer", event.result ?? event.subtype]);
      }
    }
    return { steps, final };
  },
  codex(text) {
    const steps = [];
    let final;
    for (const { type, item, usage, error, message } of jsonLines(text)) {
      if (type === "error" || type === "turn.failed") steps.push(["error", message ?? error?.message]);
      if (type === "turn.completed") steps.push(["turn completed", usage]);
      if (type !== "item.completed") continue;
      if (item.type === "command_execution") steps.push(["calls", item.command], ["result", item.aggregated_output]);
      else steps.push([item.type.replace("_", " "), item.text ?? item.message]);
      if (item.type === "agent_message") final = item.text;
    }
    return { steps, final };
  },
  openclaw(text) {
    const run = json(text) ?? {};
    const steps = Object.entries({ status: run.status, error: run.error, tools: run.toolSummary, usage: run.usage, "final answer": run.final });
    return { steps: steps.filter(([, value]) => value !== undefined), final: run.ok ? run.final : undefined };
  },
};

const log = jsonLines(read("provider.jsonl"));
const decisions = log.filter((one) => one.kind === "decision");
const { steps, final } = TRANSCRIPTS[options.client](read("transcript"));
const show = ([what, value]) => console.log(`  ${what.padEnd(14)} ${brief(value)}`);

console.log("The end of the transcript:");
steps.slice(-LINES).forEach(show);
if (!steps.length) show(["no transcript", read("client.err").trim().split("\n").slice(-3).join(" | ")]);

console.log("At the provider:");
for (const one of decisions) {
  if (one.decision === "call") show(["call", `${one.call.name} ${JSON.stringify(one.call.input)}${one.thinking.sent ? ", after thinking" : ""}`]);
  else if (one.decision === "close") {
    for (const result of one.results) show(["result", result.text]);
    show(["thinking back", one.thinking.back]);
  } else show([one.decision, one.text ?? `${one.tokens} tokens`]);
}
for (const one of log.filter((entry) => entry.kind === "refused")) show([`refused ${one.status}`, one.reason]);
const left = [...new Set(log.filter((one) => one.kind === "left").map((one) => one.host))];
if (left.length) show(["kept in", `asked for ${left.join(", ")}: refused`]);

const problems = [];
const check = (holds, problem) => holds || problems.push(problem);
const sum = (list, number) => list.reduce((total, one) => total + number(one), 0);

check(options.status === "0", options.status === "124" ? "the client took too long" : `the client's exit status is ${options.status}`);
check(decisions.some((one) => one.decision === "call"), "the provider never called a tool");
check(decisions.some((one) => one.proof === options.proof), "the tool's output never came to the provider");
check(final?.includes(`the file says ${options.proof}`), "the client's final answer lacks the closing sentence");
check(!log.some((one) => one.kind === "refused" || one.kind === "broken"), "the provider refused a request");
const exchanges = read("penstock.err").split("\n").filter((line) => / access /.test(line));
const field = (name) => (line) => Number(new RegExp(` ${name}=(\\d+)`).exec(line)?.[1] ?? 0);
const ours = ["input", "cache_read", "output"].map((name) => sum(exchanges, field(name)));
const answers = decisions.filter((one) => one.usage);
const theirs = [(one) => one.usage.input - one.usage.cached, (one) => one.usage.cached, (one) => one.usage.output].map((number) => sum(answers, number));
const [input, cached, output] = ours;
show(["at Penstock", `${exchanges.length} exchanges, input ${input}, cache_read ${cached}, output ${output}`]);
const other = exchanges.map((line) => / status=.* outcome=(?!completed)\S+/.exec(line)?.[0].trim()).filter(Boolean);
for (const one of new Set(other)) show(["not completed", `${other.filter((same) => same === one).length} × ${one}`]);
check(ours.join() === theirs.join(), `Penstock counted ${ours.join()} tokens, the provider ${theirs.join()} (input, cache_read, output)`);

console.log(problems.length ? `FAIL  ${problems.join("; ")}` : "PASS");
process.exit(problems.length ? 1 : 0);
