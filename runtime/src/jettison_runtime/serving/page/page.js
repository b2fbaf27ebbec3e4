"use strict";
// What the server says of its model; see page/__init__.py.
const facts = JSON.parse(document.getElementById("facts").textContent);
const at = (id) => document.getElementById(id);
const url = (path) => new URL(path, document.baseURI.replace(/[?#].*$/, ""));
const made = (kind, text, name) => {
  const node = document.createElement(kind);
  if (text !== undefined) node.textContent = text;
  if (name) node.className = name;
  return node;
};
const times = [];
const inputs = new Map();  // field name -> () => its value; undefined: left out
let file = null;           // the picture or sound that was chosen
let serial = 0;

// ---- the form -------------------------------------------------------------------------------------------------------

function labelled(field, control, note) {
  const box = made("div", undefined, "field");
  const label = made("label", field.name.replaceAll("_", " "));
  control.id = `field-${field.name}`;
  label.htmlFor = control.id;
  box.append(label, control);
  if (note) {
    const small = made("small", note);
    small.id = `${control.id}-note`;
    control.setAttribute("aria-describedby", small.id);
    box.append(small);
  }
  return box;
}

function textField(field, value) {
  const area = made("textarea");
  const texts = (Array.isArray(value) ? value : [value ?? ""]);
  area.value = texts.join("\n");
  area.rows = field.name === "context" ? 6 : Math.max(3, texts.length + 1);
  area.spellcheck = false;
  const several = field.several && field.name === "text";
  let flag = null;
  inputs.set(field.name, () => {
    if (!field.needed && area.value === "") return undefined;
    if (flag && flag.checked) return area.value.split("\n").filter((line) => line !== "");
    return area.value;
  });
  const box = labelled(field, area, field.meaning);
  if (several) {
    flag = made("input");
    flag.type = "checkbox";
    flag.checked = texts.length > 1;
    const line = made("label", undefined, "flag");
    line.append(flag, made("span", "every line is a text of its own", "hint"));
    box.append(line);
    flag.addEventListener("change", command);
  }
  return box;
}

function fileField(field) {
  const box = made("div", undefined, "field");
  const label = made("label", facts.file.field);
  const drop = made("div", undefined, "drop");
  const shown = made("div");
  const choose = made("input");
  choose.type = "file";
  choose.accept = facts.file.media.join(",");
  choose.id = "field-file";
  label.htmlFor = choose.id;
  const note = made("p", "Choose a file, drop one here, or paste one. Without one, the example is asked about.");
  drop.append(shown, choose, note);
  box.append(label, drop);
  const take = (chosen) => {
    if (!chosen) return;
    file = chosen;
    const media = made(chosen.type.startsWith("audio") ? "audio" : "img");
    media.src = URL.createObjectURL(chosen);
    if (media.tagName === "AUDIO") media.controls = true;
    else media.alt = `the chosen picture, ${chosen.name}`;
    shown.replaceChildren(media);
    note.textContent = `${chosen.name}, ${Math.ceil(chosen.size / 1000).toLocaleString("en")} kB`;
    command();
  };
  choose.addEventListener("change", () => take(choose.files[0]));
  drop.addEventListener("dragover", (event) => { event.preventDefault(); drop.classList.add("over"); });
  drop.addEventListener("dragleave", () => drop.classList.remove("over"));
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    take(event.dataTransfer.files[0]);
  });
  document.addEventListener("paste", (event) => take(event.clipboardData.files[0]));
  return box;
}

function tensorField(tensor) {
  const area = made("textarea", undefined, "tensor");
  area.value = JSON.stringify(tensor.data ?? wave(tensor));
  area.rows = 5;
  area.spellcheck = false;
  inputs.set(tensor.name, () => {
    try {
      const data = JSON.parse(area.value);
      const flat = Array.isArray(data) ? data.flat(Infinity) : [data];
      return { name: tensor.name, datatype: tensor.datatype, shape: shapeOf(data, tensor, flat.length), data: flat };
    } catch (cause) {
      throw new Error(`${tensor.name}: this is no JSON (${cause.message})`);
    }
  });
  return labelled(tensor, area, `${tensor.datatype} [${tensor.declared.join(", ")}] as JSON: nested, or flat in the example's shape`);
}

// The canary's question, as the runtime draws it.
function wave({ count, range: [low, high], datatype }) {
  const whole = !datatype.startsWith("FP");
  return Array.from({ length: count }, (_, place) => {
    const value = low + (high - low) * (0.5 + 0.5 * Math.sin(place * 0.6180339887498949));
    return whole ? Math.floor(value) : Number(value.toFixed(3));
  });
}

function shapeOf(data, tensor, count) {
  if (Array.isArray(data) && Array.isArray(data[0])) {
    const shape = [];
    for (let part = data; Array.isArray(part); part = part[0]) shape.push(part.length);
    return shape;
  }
  // A flat list: one free dimension takes what is left.
  const product = tensor.shape.reduce((a, b) => a * b, 1);
  if (product === count || typeof tensor.declared[0] === "number") return tensor.shape;
  return [count / (product / tensor.shape[0]), ...tensor.shape.slice(1)];
}

function optionField(field) {
  const schema = field.schema;
  let control;
  if (schema.enum || schema.type === "boolean") {
    control = made("select");
    control.append(new Option("as it comes", ""));
    for (const word of schema.enum ?? ["true", "false"]) control.append(new Option(word, word));
    const boolean = schema.type === "boolean";
    inputs.set(field.name, () => (control.value === "" ? undefined : boolean ? control.value === "true" : control.value));
  } else if (schema.type === "array") {
    control = made("input");
    control.type = "text";
    inputs.set(field.name, () => (control.value === "" ? undefined : control.value.split(",").map((each) => each.trim())));
  } else if (schema.type === "string" || schema.anyOf) {
    return textField(field, "");
  } else {
    control = made("input");
    control.type = "number";
    control.min = schema.minimum ?? schema.exclusiveMinimum;
    control.max = schema.maximum;
    control.step = schema.type === "integer" ? 1 : "any";
    inputs.set(field.name, () => (control.value === "" ? undefined : Number(control.value)));
  }
  if (field.default !== undefined && control.tagName === "INPUT") control.placeholder = String(field.default);
  else if (field.default !== undefined) control.options[0].text = `as it comes (${field.default})`;
  return labelled(field, control, field.meaning + (schema.type === "array" ? "; with commas between" : ""));
}

function form() {
  const place = at("fields");
  if (facts.tensors) {
    place.append(...facts.tensors.map(tensorField));
    return;
  }
  for (const field of facts.fields) {
    if (facts.file && field.name === facts.file.field) place.append(fileField(field));
    else if (field.needed) place.append(textField(field, facts.example[field.name]));
    else if (field.name !== "stream") {
      at("options").append(optionField(field));
      at("more").hidden = false;
    }
  }
}

// ---- what is asked --------------------------------------------------------------------------------------------------

function question() {
  const body = {};
  for (const [name, value] of inputs) {
    const found = value();
    if (found !== undefined) body[name] = found;
  }
  if (facts.tensors) return { body: { inputs: Object.values(body) } };
  if (!facts.file) return { body };
  if (file) return { file, query: new URLSearchParams(body) };
  return { body: { [facts.file.field]: facts.example[facts.file.field], ...body } };
}

const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

const SHORT = 100000;  // a shell takes no word of more than 128 KiB

function command() {
  let lines;
  at("save").hidden = true;
  try {
    const asked = question();
    const target = url(facts.path);
    if (asked.file) {
      target.search = asked.query;
      lines = [`curl ${quoted(target.href)}`, `-H ${quoted(`Content-Type: ${media(asked.file)}`)}`, `--data-binary ${quoted(`@${asked.file.name}`)}`];
    } else {
      const body = JSON.stringify(asked.body);
      const short = body.length < SHORT;
      lines = [`curl ${quoted(target.href)}`, "-H 'Content-Type: application/json'", short ? `-d ${quoted(body)}` : "-d @question.json"];
      if (!short) {
        URL.revokeObjectURL(at("save").href);
        at("save").href = URL.createObjectURL(new Blob([body], { type: "application/json" }));
        at("save").hidden = false;
      }
    }
  } catch (cause) {
    lines = [cause.message];
  }
  at("curl").textContent = lines.join(" \\\n  ");
}

const media = (chosen) => (facts.file.media.includes(chosen.type) ? chosen.type : facts.file.media[0]);

async function ask() {
  const number = ++serial;
  at("go").disabled = true;
  at("raw").hidden = true;
  let started = 0;
  try {
    const asked = question();
    const target = url(facts.path);
    const wish = { method: "POST", headers: { "Content-Type": "application/json" } };
    if (asked.file) {
      target.search = asked.query;
      wish.headers["Content-Type"] = media(asked.file);
      wish.body = asked.file;
    } else {
      const streamed = facts.streams && !Array.isArray(asked.body.text) && !["num_beams", "num_return_sequences"].some((name) => asked.body[name] > 1);
      wish.body = JSON.stringify(streamed ? { ...asked.body, stream: true } : asked.body);
    }
    started = performance.now();
    const response = await fetch(target, wish).catch(() => {
      throw new Error("The server cannot be reached.");
    });
    if ((response.headers.get("Content-Type") ?? "").startsWith("text/event-stream")) {
      await read(response, started);
    } else {
      const body = await response.json();
      timed(performance.now() - started);
      if (!response.ok) throw new Error(body.error ?? `the server answered ${response.status}`);
      show(body, asked);
    }
  } catch (cause) {
    if (number === serial) at("answer").replaceChildren(made("p", cause.message, "error"));
  } finally {
    at("go").disabled = false;
  }
}

// Server-sent events: {"piece": …} each, {"answer": …} at the end, or {"error": …}.
async function read(response, started) {
  const said = made("p", "", "said");
  at("answer").replaceChildren(said);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  let first = null;
  for (;;) {
    const { value, done } = await reader.read();
    if (done) break;
    rest += value;
    const events = rest.split("\n\n");
    rest = events.pop();
    for (const event of events) {
      const data = JSON.parse(event.replace(/^data: /, ""));
      if (data.error) throw new Error(data.error);
      if (data.piece !== undefined) {
        first ??= performance.now() - started;
        said.textContent += data.piece;
      } else {
        json({ answers: data.answers });
      }
    }
  }
  if (said.textContent === "") said.replaceChildren(made("span", "(an empty text)", "empty"));
  timed(performance.now() - started, first);
}

function timed(ms, first) {
  times.push(ms);
  const parts = [];
  if (first && ms - first > 20) parts.push(`first words after ${shown(first)}`);
  if (times.length > 2) parts.push(`median of ${times.length}: ${shown([...times].sort((a, b) => a - b)[times.length >> 1])}`);
  const total = made("strong", shown(ms));
  at("latency").replaceChildren(total, parts.length ? ` · ${parts.join(" · ")}` : " to the answer");
}

const shown = (ms) => (ms < 10 ? `${ms.toFixed(1)} ms` : ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(2)} s`);

// ---- what is answered -----------------------------------------------------------------------------------------------

function json(body) {
  const text = JSON.stringify(body, null, 1);
  at("raw").querySelector("pre").textContent = text.length > 20000 ? `${text.slice(0, 20000)}\n…` : text;
  at("raw").hidden = false;
}

function show(body, asked) {
  json(body);
  if (facts.tensors) return at("answer").replaceChildren(...body.outputs.map(tensor));
  const draw = drawings[facts.kind];
  const given = asked.body?.text;
  const texts = Array.isArray(given) ? given : [given];
  if (facts.kind === "answers") return at("answer").replaceChildren(...draw(body.answers, asked.body));
  const each = Math.max(1, body.answers.length / texts.length);
  const nodes = [];
  body.answers.forEach((answer, number) => {
    if (texts.length > 1) nodes.push(made("p", texts[Math.floor(number / each)], "for"));
    nodes.push(...draw(answer, texts[Math.floor(number / each)]));
  });
  if (facts.kind === "vector" && body.answers.length > 1) nodes.push(...likeness(body.answers));
  at("answer").replaceChildren(...nodes);
}

function bars(pairs) {
  const list = made("ul", undefined, "bars");
  const scores = pairs.map(([, score]) => score);
  const share = scores.every((score) => score >= 0 && score <= 1.001);
  const largest = Math.max(...scores.map(Math.abs), 1e-9);
  for (const [word, score] of pairs) {
    const item = made("li");
    const bar = made("i");
    bar.style.width = `${100 * (share ? score : Math.abs(score) / largest)}%`;
    const number = share ? `${(100 * score).toFixed(score > 0.9995 || score < 0.0005 ? 2 : 1)} %` : score.toPrecision(4);
    item.append(bar, made("b", word), made("span", number));
    list.append(item);
  }
  return list;
}

function marked(text, spans) {
  const line = made("p", undefined, "marked");
  const letters = [...text];  // places count characters, not UTF-16 units
  let last = 0;
  for (const [start, end, note, title] of [...spans].sort((a, b) => a[0] - b[0])) {
    if (start < last) continue;
    line.append(letters.slice(last, start).join(""));
    const mark = made("mark", letters.slice(start, end).join(""));
    if (note) mark.append(made("sub", note));
    if (title) mark.title = title;
    line.append(mark);
    last = end;
  }
  line.append(letters.slice(last).join(""));
  return line;
}

function vector(values) {
  const canvas = made("canvas", undefined, "vector");
  canvas.width = values.length;
  canvas.height = 1;
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", `a vector of ${values.length} numbers`);
  const picture = canvas.getContext("2d");
  const largest = Math.max(...values.map(Math.abs), 1e-9);
  values.forEach((value, place) => {
    const depth = Math.abs(value) / largest;
    picture.fillStyle = value < 0 ? `rgba(214, 90, 49, ${depth})` : `rgba(11, 114, 133, ${depth})`;
    picture.fillRect(place, 0, 1, 1);
  });
  const length = Math.hypot(...values);
  return [canvas, made("p", `${values.length} numbers, length ${length.toPrecision(4)}: ${values.slice(0, 6).map((value) => value.toFixed(4)).join(", ")}, …`, "for")];
}

function likeness(vectors) {
  const unit = vectors.map((values) => values.map((value) => value / Math.hypot(...values)));
  const table = made("table");
  table.append(made("caption", "Cosines"));
  unit.slice(0, 8).forEach((one, number) => {
    const row = table.insertRow();
    row.append(made("th", `${number + 1}`));
    unit.slice(0, 8).forEach((other) => {
      row.insertCell().textContent = one.reduce((sum, value, place) => sum + value * other[place], 0).toFixed(3);
    });
  });
  return [table];
}

function tensor(output) {
  const box = made("div");
  box.append(made("p", `${output.name} ${output.datatype} [${output.shape.join(", ")}]`, "for"));
  const flat = output.data.flat(Infinity);
  if (flat.length > 8 && flat.every((value) => typeof value === "number")) box.append(...vector(flat.slice(0, 4096)));
  else box.append(made("p", JSON.stringify(flat), "marked"));
  return box;
}

const drawings = {
  text: (answer) => [answer === "" ? made("p", "(an empty text)", "empty") : made("p", answer, "said")],
  labels: (answer) => [bars(answer.map((each) => [each.label, each.score]))],
  entities: (answer, text) => [
    marked(text, answer.map((each) => [each.start, each.end, each.entity_group ?? each.entity, `${(100 * each.score).toFixed(1)} %`])),
    ...(answer.length ? [bars(answer.map((each) => [`${each.word} · ${each.entity_group ?? each.entity}`, each.score]))] : [made("p", "Nothing was found.", "empty")]),
  ],
  answers: (answers, asked) => [
    made("p", answers[0].answer || "(there is no answer)", "said"),
    bars(answers.map((each) => [each.answer || "(there is no answer)", each.score])),
    marked(asked.context, answers.slice(0, 1).map((each) => [each.start, each.end, "", ""])),
  ],
  fillings: (answer) => answer.flatMap((mask, number) => [
    ...(answer.length > 1 ? [made("p", `mask ${number + 1}`, "for")] : []),
    bars(mask.map((each) => [each.token_str.trim() || each.token_str, each.score])),
  ]),
  vector: (answer) => vector(answer),
};

// ---- start ----------------------------------------------------------------------------------------------------------

async function ready() {
  const state = at("state");
  try {
    const response = await fetch(url("v2/health/ready"));
    state.textContent = response.ok ? "ready" : "not ready";
    state.className = response.ok ? "ready" : "away";
  } catch {
    state.textContent = "not reached";
    state.className = "away";
  }
}

form();
command();
ready();
setInterval(ready, 15000);
at("ask").addEventListener("input", command);
at("ask").addEventListener("submit", (event) => { event.preventDefault(); if (!at("go").disabled) ask(); });
at("ask").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); at("ask").requestSubmit(); }
});
at("copy").addEventListener("click", async () => {
  try {
    await navigator.clipboard.writeText(at("curl").textContent);
    at("copy").textContent = "Copied";
  } catch {  // only secure origins may write to the clipboard
    getSelection().selectAllChildren(at("curl"));
    at("copy").textContent = "Press Ctrl + C";
  }
  setTimeout(() => { at("copy").textContent = "Copy"; }, 2000);
});
