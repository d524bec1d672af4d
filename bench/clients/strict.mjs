// What the three dialects' checks have in common: a rule that does not hold is a 400 with its reason.

export class Refusal extends Error {
  constructor(reason, status = 400) {
    super(reason);
    this.status = status;
  }
}

export function must(holds, reason) {
  if (!holds) throw new Refusal(reason);
}

/** An object with all of {@code required}, and besides them nothing but {@code optional}; both are lists of words. */
export function fields(object, where, required, optional = "") {
  must(object && typeof object === "object" && !Array.isArray(object), `${where}: not an object`);
  const needed = required.split(" ").filter(Boolean);
  const known = new Set([...needed, ...optional.split(" ")]);
  for (const name of needed) must(object[name] !== undefined, `${where}.${name}: Field required`);
  for (const name of Object.keys(object)) must(known.has(name), `${where}.${name}: Extra inputs are not permitted`);
}

export function text(value, where) {
  must(typeof value === "string", `${where}: not a string`);
}

export function list(value, where) {
  must(Array.isArray(value), `${where}: not a list`);
  return value;
}

export function number(value, where, least, most) {
  if (value === undefined || value === null) return;
  must(typeof value === "number" && value >= least && value <= most, `${where}: ${value} (expected: ${least} to ${most})`);
}

export function oneOf(value, where, words) {
  if (value === undefined || value === null) return;
  must(words.split(" ").includes(value), `${where}: ${JSON.stringify(value)} (expected one of: ${words})`);
}

export function toolName(name, where, lettersMax) {
  must(typeof name === "string" && /^[a-zA-Z0-9_-]+$/.test(name) && name.length <= lettersMax, `${where}: bad tool name ${name}`);
}

/** A tool's schema: an object at the top, and every list says what it holds. */
export function schema(value, where) {
  must(value && typeof value === "object" && value.type === "object", `${where}.type: expected "object"`);
  for (const word of ["oneOf", "anyOf", "allOf"]) must(!(word in value), `${where}: ${word} is not supported at the top level`);
  items(value, where);
}

function items(value, where) {
  if (!value || typeof value !== "object") return;
  if (value.type === "array") must(value.items || value.prefixItems, `${where}: array schema missing items`);
  for (const [name, one] of Object.entries(value.properties ?? {})) items(one, `${where}.properties.${name}`);
  if (value.items) items(value.items, `${where}.items`);
}

export function unique(names, where) {
  const seen = new Set();
  for (const name of names) {
    must(!seen.has(name), `${where}: ${name} comes twice`);
    seen.add(name);
  }
}

/** Clients may take marks out of an id (OpenClaw does): the call that it stands for, by letters and digits alone. */
export function callOf(id, issued) {
  const bare = (one) => one.replace(/[^a-zA-Z0-9]/g, "");
  return issued.find((step) => bare(String(id)).endsWith(step.call.id));
}

/** Text in pieces of a few letters; a letter outside the basic plane stays whole, as in every JSON stream. */
export function* pieces(whole, letters) {
  const all = Array.from(whole);
  for (let from = 0; from < all.length; from += letters) yield all.slice(from, from + letters).join("");
}
