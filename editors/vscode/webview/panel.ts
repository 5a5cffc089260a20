// The page of the story panel: it shows the picture, marks the rows at the cursor, and says which row was chosen.

declare function acquireVsCodeApi(): { postMessage(message: unknown): void; setState(state: unknown): void };

interface Shown {
  readonly kind: "story";
  readonly svg: string;
  readonly style: string;
  readonly leads: readonly boolean[];
  readonly said: string;
  readonly uri: string;
}

interface Cursor {
  readonly kind: "cursor";
  readonly here: readonly number[];
  readonly near: readonly number[];
}

const api = acquireVsCodeApi();
const picture = document.getElementById("picture") as HTMLElement;
const said = document.getElementById("said") as HTMLElement;
const sheet = new CSSStyleSheet();
document.adoptedStyleSheets = [sheet];

function show(shown: Shown): void {
  api.setState({ uri: shown.uri });
  said.textContent = shown.said;
  sheet.replaceSync(shown.style);
  const drawn = new DOMParser().parseFromString(shown.svg, "text/html").querySelector("svg");
  picture.replaceChildren(...(drawn === null ? [] : [drawn]));
  for (const row of rows()) {
    if (shown.leads[Number(row.dataset.row)]) {
      row.setAttribute("role", "button");
      row.setAttribute("tabindex", "0");
      row.setAttribute("aria-label", nameOf(row));
    }
  }
}

/** What a row shows, and what it says besides on hover. */
function nameOf(row: SVGElement): string {
  const visible = [...row.querySelectorAll("text")].map((text) => text.textContent ?? "").join(" ");
  const hovered = (row.querySelector("title")?.textContent ?? "").split("\n");
  return [visible, ...hovered.filter((line) => !visible.includes(line))].join(", ");
}

function point(cursor: Cursor): void {
  let first: SVGElement | undefined;
  for (const row of rows()) {
    const number = Number(row.dataset.row);
    const here = cursor.here.includes(number);
    row.classList.toggle("here", here);
    row.classList.toggle("near", cursor.near.includes(number));
    if (here) {
      row.setAttribute("aria-current", "true");
      first ??= row;
    } else {
      row.removeAttribute("aria-current");
    }
  }
  first ??= rows().find((row) => row.classList.contains("near"));
  first?.scrollIntoView({ block: "nearest", inline: "nearest" });
}

function rows(): SVGElement[] {
  return [...picture.querySelectorAll<SVGElement>("[data-row]")];
}

function choose(event: Event): void {
  const row = event.target instanceof Element ? event.target.closest<SVGElement>('[data-row][role="button"]') : null;
  if (row !== null) {
    event.preventDefault();
    api.postMessage({ kind: "open", row: Number(row.dataset.row) });
  }
}

picture.addEventListener("click", choose);
picture.addEventListener("keydown", (event) => {
  if (event.key === "Enter" || event.key === " ") {
    choose(event);
  }
});
window.addEventListener("message", (event: MessageEvent<Shown | Cursor>) => {
  if (event.data.kind === "story") {
    show(event.data);
  } else {
    point(event.data);
  }
});
api.postMessage({ kind: "ready" });
