// What the page does with its data. All text goes in as text, never as markup: reasons quote strangers' certificates.
"use strict";
(() => {
  const PAGE_LENGTH = 50;
  const STAGES = ["admit", "hello", "route", "trust", "present", "chain", "prove", "filter", "call"];
  const OUTCOMES = {
    admitted: ["+", "admitted as expected"],
    refused: ["\u2212", "refused as expected"],
    mixed: ["\u00b1", "as expected, some admitted, some refused"],
    wrong: ["!", "some not as expected (how many/all)"],
    skipped: ["~", "skipped"],
  };

  const root = document.documentElement;
  const byId = (id) => document.getElementById(id);
  addEventListener("error", (event) => give_up(event.message));

  function give_up(message) {
    root.dataset.error = message;
    byId("error").textContent = `This page could not be drawn in full (${message}). What it can say without it:`;
    byId("error").hidden = false;
    byId("plain").hidden = false;
  }

  function make(tag, settings = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(settings)) {
      if (name === "click") element.addEventListener("click", value);
      else if (value !== undefined) element.setAttribute(name, value);
    }
    element.append(...children.filter((child) => child !== undefined && child !== ""));
    return element;
  }

  const plural = (count, noun) => (count === 1 ? `1 ${noun}` : `${count} ${noun}s`);

  const data = JSON.parse(byId("data").textContent);
  byId("data").remove();
  const total = data.id.length;
  const findings = new Map(data.findings);
  const skips = new Map(data.skips);
  const side = (row, which) => (data.exchange[row] ? data.sides[data.exchange[row][which]] : [0, 0, 0]);
  const text = (row, which, part) => data.texts[side(row, which)[part]];
  const [EXPECTED, SERVER, CLIENT] = [0, 1, 2];
  const [STAGE, ALERT, REASON] = [0, 1, 2];
  const PARTS = ["stage", "alert", "reason"];

  // A dimension gives each row a value: position 0 is none.
  const traits = data.traits.map(({ name, values, of }) => ({ key: `t.${name}`, label: name, values, of }));
  const is_scenario = new Uint8Array(total).fill(1);
  for (const { of } of traits) of.forEach((code, row) => { if (code) is_scenario[row] = 0; });
  const derived = [
    dimension("verdict", "verdict", (row) => data.texts[data.verdict[row]]),
    dimension("expected", "stage expected", (row) => text(row, EXPECTED, STAGE)),
    dimension("alert", "alert expected", (row) => text(row, EXPECTED, ALERT)),
    dimension("decided", "stage at the server", (row) => text(row, SERVER, STAGE)),
    dimension("sent", "alert of the server", (row) => text(row, SERVER, ALERT)),
    dimension("seen", "alert the client saw", (row) => text(row, CLIENT, ALERT)),
    dimension("basis", "basis of the expectation", (row) => data.topics[data.topic[row]].basis),
    dimension("kind", "kind", (row) => (is_scenario[row] ? "scenario" : "combination")),
  ];
  const dimensions = [...derived, ...traits];
  for (const one of dimensions) {
    one.counts = new Array(one.values.length).fill(0);
    for (let row = 0; row < total; row++) one.counts[one.of[row] || 0]++;
  }
  const named = (key) => dimensions.find((one) => one.key === key);

  function dimension(key, label, value_of) {
    const values = [""];
    const codes = new Map([["", 0]]);
    const of = new Uint32Array(total);
    for (let row = 0; row < total; row++) {
      const value = value_of(row);
      if (!codes.has(value)) codes.set(value, values.push(value) - 1);
      of[row] = codes.get(value);
    }
    return { key, label, values, of };
  }

  /** Positions of the values that occur, in the order in which they are shown: stages in theirs, else frequent ones first. */
  function in_order({ values, counts }) {
    const place = (code) => {
      const stage = STAGES.indexOf(values[code]);
      return code === 0 ? Infinity : stage < 0 ? STAGES.length : stage;
    };
    const codes = [...values.keys()].filter((code) => counts[code] > 0);
    return codes.sort((a, b) => place(a) - place(b) || counts[b] - counts[a] || a - b);
  }

  const shown_value = (one, code) => one.values[code] || (traits.includes(one) ? "(not varied)" : "(none)");

  const usual_axes = (() => {
    const [chain, name] = [named("t.client chain"), named("t.server name")];
    if (chain && name) return [chain.key, name.key];
    const longest = [...traits].sort((a, b) => b.values.length - a.values.length).slice(0, 2);
    return longest.length === 2 ? longest.map((one) => one.key) : ["expected", "decided"];
  })();

  // The state is what the fragment says, so that a view can be linked.
  let state;

  function read_fragment() {
    const said = new URLSearchParams(location.hash.slice(1));
    const axis = (name, usual) => (named(said.get(name)) ? said.get(name) : usual);
    state = {
      rows: axis("rows", usual_axes[0]),
      columns: axis("columns", usual_axes[1]),
      query: said.get("q") || "",
      filters: new Map([...said].filter(([key]) => named(key))),
      page: Math.max(0, (parseInt(said.get("page"), 10) || 1) - 1),
      open: said.get("open"),
    };
  }

  function write_fragment(in_place) {
    const said = new URLSearchParams();
    if (state.rows !== usual_axes[0]) said.set("rows", state.rows);
    if (state.columns !== usual_axes[1]) said.set("columns", state.columns);
    if (state.query) said.set("q", state.query);
    for (const [key, value] of state.filters) said.set(key, value);
    if (state.page) said.set("page", state.page + 1);
    if (state.open) said.set("open", state.open);
    try {
      history[in_place ? "replaceState" : "pushState"](null, "", `#${said}`);
    } catch {
      // A frame that may not change its address shows the view all the same.
    }
  }

  function change(edit, in_place = false) {
    state.page = 0;
    state.open = null;
    edit();
    write_fragment(in_place);
    draw();
  }

  /** For each row whether it has all words of the query in its id, title, or reasons. */
  function search() {
    const words = state.query.toLowerCase().split(/\s+/).filter(Boolean);
    const has = (word) => (string) => string.toLowerCase().includes(word);
    const tests = words.map((word) => {
      const is_in = has(word);
      const texts = data.texts.map(is_in);
      const topics = data.topics.map(({ id, title }) => is_in(id) || is_in(title));
      const sides = data.sides.map((one) => texts[one[REASON]]);
      return (row) => is_in(data.id[row]) || topics[data.topic[row]]
        || (data.exchange[row] || []).some((one) => sides[one])
        || (findings.get(row) || []).some(({ message }) => is_in(message)) || is_in(skips.get(row) || "");
    });
    return (row) => tests.every((test) => test(row));
  }

  /** Rows that all filters leave, and those left by all but what the map's own axes say. */
  function chosen() {
    const test_of = ([key, value]) => {
      const { values, of } = named(key);
      const code = values.indexOf(value);
      return (row) => (of[row] || 0) === code;
    };
    const is_axis = ([key]) => key === state.rows || key === state.columns;
    const others = [...state.filters].filter((one) => !is_axis(one)).map(test_of);
    const axes = [...state.filters].filter(is_axis).map(test_of);
    const found = search();
    const around = [];
    for (let row = 0; row < total; row++) if (others.every((test) => test(row)) && found(row)) around.push(row);
    return { around, rows: axes.length ? around.filter((row) => axes.every((test) => test(row))) : around };
  }

  // Tallies of outcomes.

  const no_tally = () => ({ all: 0, admitted: 0, refused: 0, wrong: 0, skipped: 0 });

  function count_in(tally, row) {
    tally.all++;
    const verdict = data.texts[data.verdict[row]];
    if (verdict === "fail") tally.wrong++;
    else if (verdict === "skip") tally.skipped++;
    else if (text(row, EXPECTED, STAGE) === "admit" || !data.exchange[row]) tally.admitted++;
    else tally.refused++;
  }

  function outcome({ all, admitted, refused, wrong, skipped }) {
    if (wrong) return "wrong";
    if (all === skipped) return "skipped";
    return !refused ? "admitted" : !admitted ? "refused" : "mixed";
  }

  function in_words(tally) {
    const parts = [
      [tally.wrong, "not as expected"], [tally.admitted, "admitted as expected"],
      [tally.refused, "refused as expected"], [tally.skipped, "skipped"],
    ];
    const said = parts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
    return `${plural(tally.all, "case")}: ${said.join(", ")}`;
  }

  // The map.

  let focused = [0, 0];

  function draw_map(around) {
    const [down, across] = [named(state.rows), named(state.columns)];
    const has_trait = [down, across].some((one) => traits.includes(one));
    const squares = new Map();
    const apart = no_tally();
    const [used_down, used_across] = [new Set(), new Set()];
    for (const row of around) {
      if (has_trait && is_scenario[row]) {
        count_in(apart, row);
        continue;
      }
      const [r, c] = [down.of[row] || 0, across.of[row] || 0];
      const key = r * across.values.length + c;
      if (!squares.has(key)) squares.set(key, no_tally());
      count_in(squares.get(key), row);
      used_down.add(r);
      used_across.add(c);
    }
    const heads = in_order(across).filter((code) => used_across.has(code));
    const lines = in_order(down).filter((code) => used_down.has(code));
    const is_on = (one, code) => state.filters.get(one.key) === one.values[code];

    const had_focus = byId("map").contains(document.activeElement);
    const corner = make("th", { class: "corner", scope: "col" }, `${down.label} \\ ${across.label}`);
    const head = heads.map((c) => make("th", { scope: "col" }, make("span", {}, shown_value(across, c))));
    const grid = lines.map((r, y) => heads.map((c, x) => {
      const tally = squares.get(r * across.values.length + c);
      if (!tally) return undefined;
      const kind = outcome(tally);
      const label = `${down.label} ${shown_value(down, r)}, ${across.label} ${shown_value(across, c)}. ${in_words(tally)}`;
      const count = tally.wrong ? `${tally.wrong}/${tally.all}` : kind === "skipped" ? tally.all : tally.all - tally.skipped;
      const beside = tally.skipped && kind !== "skipped" ? ` ${OUTCOMES.skipped[0]}${tally.skipped}` : "";
      const pressed = is_on(down, r) && is_on(across, c);
      const settings = {
        type: "button", class: kind, title: label, "aria-label": label, "aria-pressed": pressed, tabindex: -1,
        "data-at": `${y},${x}`,
        click: (event) => {
          focused = [y, x];
          change(() => {
            for (const [one, code] of [[down, r], [across, c]]) {
              if (pressed) state.filters.delete(one.key);
              else state.filters.set(one.key, one.values[code]);
            }
          });
          // Who pressed with a pointer looks for the answer; from the keyboard the focus stays where it was.
          if (event.detail > 0) byId("count").scrollIntoView({ block: "nearest" });
        },
      };
      return make("button", settings, `${OUTCOMES[kind][0]} ${count}${beside}`);
    }));
    const body = lines.map((r, y) => {
      const cells = grid[y].map((button) => make("td", {}, button));
      return make("tr", {}, make("th", { scope: "row" }, shown_value(down, r)), ...cells);
    });
    const table = make("table", { class: heads.length > 6 ? "map" : "map few" }, make("thead", {}, make("tr", {}, corner, ...head)), make("tbody", {}, ...body));
    byId("map").replaceChildren(lines.length ? table : make("p", { class: "soft" }, "Nothing to map in this selection."));

    const at = (y, x) => grid[y] && grid[y][x];
    const all = grid.flat().filter(Boolean);
    const entry = at(...focused) || all[0];
    if (entry) {
      entry.tabIndex = 0;
      if (had_focus) entry.focus({ preventScroll: true });
    }
    byId("map").onkeydown = (event) => {
      const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
      const from = event.target.dataset.at;
      if (!step || !from) return;
      event.preventDefault();
      let [y, x] = from.split(",").map(Number);
      do [y, x] = [y + step[0], x + step[1]]; while (y >= 0 && x >= 0 && y < lines.length && x < heads.length && !at(y, x));
      const next = at(y, x);
      if (!next) return;
      for (const one of all) one.tabIndex = -1;
      focused = [y, x];
      next.tabIndex = 0;
      next.focus();
    };

    const show = make("button", { type: "button", class: "link", click: () => change(() => state.filters.set("kind", "scenario")) }, "list them");
    byId("scenarios").replaceChildren(`Beside the map, scenarios that vary no dimension: ${in_words(apart)}. `, show);
    byId("scenarios").hidden = apart.all === 0;
  }

  // Filters.

  function draw_filters() {
    byId("search").value = state.query;
    for (const one of dimensions) {
      if (!one.select) continue;
      const value = state.filters.get(one.key);
      one.select.value = value === undefined ? "any" : String(one.values.indexOf(value));
    }
    for (const [id, key] of [["rows", "rows"], ["columns", "columns"]]) byId(id).value = state[key];
    const is_hidden = (key) => named(key).select && byId("more").contains(named(key).select);
    if ([...state.filters.keys()].some(is_hidden)) byId("more").open = true;

    const chips = [...state.filters].map(([key, value]) => {
      const one = named(key);
      const code = one.values.indexOf(value);
      const said = code < 0 ? `${value} (not in this report)` : shown_value(one, code);
      const remove = () => change(() => state.filters.delete(key));
      return make("button", { type: "button", click: remove, "aria-label": `remove filter ${one.label}: ${said}` }, `${one.label}: ${said} \u00d7`);
    });
    if (chips.length || state.query) {
      const clear = () => change(() => { state.filters.clear(); state.query = ""; });
      chips.push(make("button", { type: "button", click: clear }, "clear all"));
    }
    byId("chips").replaceChildren(...chips);
  }

  function make_filters() {
    for (const one of dimensions) {
      const codes = in_order(one);
      if (codes.length < 2 && one.key !== "verdict") continue;
      const options = codes.map((code) => make("option", { value: code }, `${shown_value(one, code)} (${one.counts[code]})`));
      one.select = make("select", { name: one.key }, make("option", { value: "any" }, "any"), ...options);
      one.select.addEventListener("change", () => change(() => {
        if (one.select.value === "any") state.filters.delete(one.key);
        else state.filters.set(one.key, one.values[Number(one.select.value)]);
      }));
      const is_main = ["verdict", "expected", "alert"].includes(one.key);
      byId(is_main ? "main-filters" : "more-filters").append(make("label", {}, one.label, one.select));
    }
    for (const [mine, other] of [["rows", "columns"], ["columns", "rows"]]) {
      const option = (one) => make("option", { value: one.key }, one.label);
      const usable = (one) => in_order(one).length > 0;
      byId(mine).append(...traits.map(option), ...derived.filter(usable).map(option));
      byId(mine).addEventListener("change", () => change(() => {
        if (byId(mine).value === state[other]) state[other] = state[mine];
        state[mine] = byId(mine).value;
      }));
    }
    byId("swap").addEventListener("click", () => change(() => { [state.rows, state.columns] = [state.columns, state.rows]; }));
    let typing;
    byId("search").addEventListener("input", () => {
      clearTimeout(typing);
      typing = setTimeout(() => change(() => { state.query = byId("search").value.trim(); }, true), 150);
    });
    byId("filters").addEventListener("submit", (event) => event.preventDefault());
    const legend = Object.entries(OUTCOMES).map(([kind, [sign, words]]) => make("li", {}, make("span", { class: kind }, sign), words));
    byId("legend").append(...legend);
    byId("back").addEventListener("click", () => turn(-1));
    byId("next").addEventListener("click", () => turn(1));
  }

  // The list.

  let listed = [];

  function turn(by) {
    const page = state.page + by;
    change(() => { state.page = page; });
    byId("count").scrollIntoView({ block: "start" });
  }

  function draw_list(rows) {
    listed = rows;
    const pages = Math.max(1, Math.ceil(rows.length / PAGE_LENGTH));
    const opened = state.open === null ? -1 : rows.findIndex((row) => data.id[row] === state.open);
    if (opened >= 0) state.page = Math.floor(opened / PAGE_LENGTH);
    state.page = Math.min(state.page, pages - 1);
    const from = state.page * PAGE_LENGTH;
    const here = rows.slice(from, from + PAGE_LENGTH);
    const all = rows.length === total ? plural(total, "case") : `${rows.length} of ${plural(total, "case")}`;
    byId("count").textContent = pages > 1 ? `${all}, of which ${from + 1} to ${from + here.length} are below` : all;
    byId("list").replaceChildren(...here.map(item));
    byId("pages").hidden = pages === 1;
    byId("page-number").textContent = `page ${state.page + 1} of ${pages}`;
    byId("back").disabled = state.page === 0;
    byId("next").disabled = state.page === pages - 1;
    if (opened >= 0) {
      const details = byId("list").children[opened - from].firstElementChild;
      unfold(details, here[opened - from]);
      details.scrollIntoView({ block: "start" });
    }
  }

  const MARKS = { pass: "ok", fail: "FAIL", skip: "skip" };

  function item(row) {
    const verdict = data.texts[data.verdict[row]];
    const topic = data.topics[data.topic[row]];
    const summary = make("summary", {},
      make("span", { class: `mark ${verdict}` }, MARKS[verdict]),
      make("span", { class: "id" }, data.id[row]),
      make("span", { class: "brief" }, topic.title),
      make("span", { class: "brief" }, brief(row)));
    const details = make("details", {}, summary);
    details.addEventListener("toggle", () => {
      const id = data.id[row];
      if (details.open) unfold(details, row);
      if (details.open && state.open !== id) state.open = id;
      else if (!details.open && state.open === id) state.open = null;
      else return;
      write_fragment(true);
    });
    return make("li", {}, details);
  }

  function unfold(details, row) {
    if (details.childElementCount === 1) details.append(story(row));
    details.open = true;
  }

  function brief(row) {
    if (!data.exchange[row]) return data.texts[data.subject[row]];
    const said = (which) => [text(row, which, STAGE), text(row, which, ALERT)].filter(Boolean).join(" ") || "nothing";
    const seen = text(row, CLIENT, ALERT) || text(row, CLIENT, REASON) || "nothing";
    return `expected ${said(EXPECTED)}; server ${said(SERVER)}; client saw ${seen}`;
  }

  // A case's story.

  function story(row) {
    const topic = data.topics[data.topic[row]];
    const parts = [];
    const part = (title, ...content) => parts.push(make("h3", {}, title), ...content);
    if (skips.has(row)) part("Skipped", make("p", {}, skips.get(row)));
    if (findings.has(row)) {
      part("Not as expected", make("ul", {}, ...findings.get(row).map(finding)));
      part("What to do", make("p", {}, topic.fix));
    }
    if (topic.docs) part("About", make(topic.docs.includes("->") ? "pre" : "p", {}, topic.docs));
    if (data.exchange[row]) {
      part("Who said what", sides(row));
      part("What happened when", ...moments(row));
    }
    const varied = traits.filter(({ of }) => of[row]);
    if (varied.length) {
      const pairs = varied.map(({ label, values, of }) => make("div", {}, make("dt", {}, label), make("dd", {}, values[of[row]])));
      part("What was varied", make("dl", { class: "traits" }, ...pairs));
    }
    const link = topic.link.startsWith("https://")
      ? make("a", { href: topic.link, rel: "noopener noreferrer", target: "_blank" }, topic.link) : topic.link;
    part("What the expectation rests on", make("p", {}, make("strong", {}, topic.basis), `: ${topic.gist} (`, link, `, read ${topic.read})`));
    const facts = [["rule", topic.id], ["severity", topic.severity], ["on", data.texts[data.subject[row]]], ["a failure breaks", data.texts[data.breaks[row]]]];
    const said = facts.filter(([, value]) => value).map(([name, value]) => `${name} ${value}`).join("; ");
    const alone = make("a", { href: `#${new URLSearchParams({ q: data.id[row], open: data.id[row] })}` }, "link to this case");
    parts.push(make("p", { class: "soft" }, `${said}. `, alone));
    return make("div", { class: "story" }, ...parts);
  }

  function finding({ message, place, labels, notes, help }) {
    const more = [
      ...labels.map(([where, what]) => `${where}: ${what}`),
      ...notes.map((note) => `note: ${note}`),
      ...(help ? [`help: ${help}`] : []),
    ];
    const rest = more.length ? make("ul", {}, ...more.map((one) => make("li", {}, one))) : "";
    return make("li", {}, make("span", { class: "finding" }, message), place ? ` (${place})` : "", rest);
  }

  function sides(row) {
    const line = (name, which) => {
      const cell = (part) => make("td", { "data-name": PARTS[part] }, make("span", {}, text(row, which, part) || "\u2013"));
      return make("tr", {}, make("th", { scope: "row" }, name), cell(STAGE), cell(ALERT), cell(REASON));
    };
    const heads = ["", ...PARTS].map((name) => make("th", { scope: "col" }, name));
    return make("table", { class: "sides" },
      make("thead", {}, make("tr", {}, ...heads)),
      make("tbody", {}, line("expected", EXPECTED), line("server", SERVER), line("client", CLIENT)));
  }

  const in_ms = (micros) => `${(micros / 1000).toFixed(2)} ms`;

  function moments(row) {
    const [connected, known] = data.times[row];
    const when = (micros) => (micros === null ? "never" : `after ${in_ms(micros)}`);
    const out = [make("p", {}, `The client was connected ${when(connected)}, and could first know the decision ${when(known)}.`)];
    if (!data.moments[row].length) return out;
    const lane = (end, here, what) => make("span", { class: `lane ${end}${here ? " here" : ""}` }, what);
    const head = make("li", { class: "head", "aria-hidden": "true" },
      make("span", { class: "at" }), lane("client", false, "client"), lane("server", false, "server"));
    const lines = data.moments[row].map(([at, event]) => {
      const [end, what] = data.events[event];
      const words = data.texts[what];
      return make("li", { "aria-label": `${in_ms(at)}, ${end}: ${words}` },
        make("span", { class: "at" }, in_ms(at)),
        ...["client", "server"].map((one) => lane(one, one === end, one === end ? words : "")));
    });
    return [...out, make("ol", { class: "moments" }, head, ...lines)];
  }

  function draw() {
    const { around, rows } = chosen();
    draw_map(around);
    draw_filters();
    draw_list(rows);
    root.dataset.listed = rows.length;
  }

  try {
    make_filters();
    read_fragment();
    byId("page").hidden = false;
    draw();
    const again = () => { read_fragment(); draw(); };
    addEventListener("popstate", again);
    byId("plain").hidden = true;
    root.dataset.ready = "yes";
  } catch (error) {
    give_up(error.message);
  }
})();
