// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// Counts as text. A count is a number, or a bigint where a number is not exact; null was not collected.

const absent = "not collected";
const prefixes = ["", "K", "M", "G", "T", "P", "E"];

function count(v) {
  return typeof v === "string" ? BigInt(v) : v;
}

function add(a, b) {
  const sum = Number(a) + Number(b);
  return Number.isSafeInteger(sum) && typeof a !== "bigint" && typeof b !== "bigint" ? sum : BigInt(a) + BigInt(b);
}

function times(a, b) {
  if (a === null) return null;
  const product = Number(a) * Number(b);
  return Number.isSafeInteger(product) && typeof a !== "bigint" ? product : BigInt(a) * BigInt(b);
}

function minus(a, b) {
  return a === null || b === null ? null : add(a, times(b, -1));
}

function exactText(v) {
  if (v === null) return absent;
  const text = String(v);
  const sign = text.startsWith("-") ? "-" : "";
  return sign + text.slice(sign.length).replace(/\B(?=(\d{3})+$)/g, ",");
}

function counted(n, one, more) {
  return `${exactText(n)} ${Number(n) === 1 ? one : more}`;
}

function shortText(v) {
  if (v === null) return absent;
  let n = Number(v);
  let at = 0;
  while (Math.abs(n) >= 999.5 && at < prefixes.length - 1) {
    n /= 1000;
    ++at;
  }
  if (at === 0) return String(n);
  const size = Math.abs(n);
  return n.toFixed(size < 9.995 ? 2 : size < 99.95 ? 1 : 0) + " " + prefixes[at];
}

/** FLOPs in MACs: half of them, to the half. */
function halfText(v, text) {
  if (v === null) return absent;
  if (text !== exactText) return text(Number(v) / 2);
  const size = BigInt(v) < 0n ? -BigInt(v) : BigInt(v);
  return (v < 0 ? "-" : "") + exactText(size / 2n) + (size % 2n ? ".5" : "");
}

function signed(text) {
  return text.startsWith("-") || text === "0" || text === absent ? text : "+" + text;
}

function shareText(part, whole) {
  if (part === null || whole === null || Number(whole) <= 0) return "";
  const share = (100 * Number(part)) / Number(whole);
  if (share === 0) return "0%";
  return Math.abs(share) < 0.05 ? (share < 0 ? "-" : "") + "<0.1%" : share.toFixed(1) + "%";
}

/** The element that many of the page's parts are made of: properties, attributes with a dash, children. */
function make(tag, properties, ...children) {
  const out = document.createElement(tag);
  for (const [key, value] of Object.entries(properties || {})) {
    if (key.includes("-") || key === "role") out.setAttribute(key, value);
    else out[key] = value;
  }
  out.append(...children.filter((c) => c !== null && c !== undefined));
  return out;
}
