// Makes pages of what stands in #cells. A heading begins a page. What does not fit goes on to the next
// one, a figure together with its finding, and what is too large for a page of its own is made smaller.
window.MathJax = {
  tex: { inlineMath: [["$", "$"], ["\\(", "\\)"]], processEscapes: true },
  options: { enableMenu: false }, // which would look for more files
  startup: { typeset: false },
};

async function layOut() {
  const cells = document.getElementById("cells");
  await MathJax.typesetPromise([cells]);
  await Promise.all([...cells.querySelectorAll("img")].map((img) => img.decode().catch(() => 0)));
  let page, heading = "";

  const isHeading = (block) => /^H[1-3]$/.test(block.tagName);
  const isContent = (block) => block && !isHeading(block) && block.className !== "above";
  const fits = () => {
    const { top, bottom } = page.getBoundingClientRect();
    const below = parseFloat(getComputedStyle(page).paddingBottom);
    const last = page.lastElementChild ? page.lastElementChild.getBoundingClientRect().bottom : top;
    return last <= bottom - below + 1 && page.scrollWidth <= page.clientWidth;
  };
  const isWide = (block) => block.scrollWidth > block.clientWidth + 1;
  const shrinkWhile = (block, tooLarge) => {
    for (let size = block.style.zoom || 1; size > 0.3 && tooLarge(block); size -= 0.05) {
      block.style.zoom = (size - 0.05).toFixed(2);
    }
  };
  const begin = (titled) => {
    page = document.createElement("div");
    page.className = "page";
    document.body.append(page);
    if (titled && heading) {
      const above = document.createElement("p");
      above.className = "above";
      above.textContent = heading;
      page.append(above);
    }
  };
  // Pictures of this page become smaller, as far as they can be read, for the words around them.
  const makeRoom = () => {
    const pictures = [...page.querySelectorAll("img")].map((img) => [img, img.clientHeight]);
    const before = pictures.map(([img]) => img.style.maxHeight);
    for (let share = 1; share >= 0.7 && !fits(); share -= 0.02) {
      for (const [img, height] of pictures) img.style.maxHeight = `${height * share}px`;
    }
    if (fits()) return true;
    pictures.forEach(([img], n) => (img.style.maxHeight = before[n]));
    return false;
  };
  // Takes off the end of a list or table that does not fit, and gives it.
  const endOf = (block) => {
    const items = (one) => (one.tagName === "TABLE" ? one.tBodies[0] : one);
    if (!/^(UL|OL|TABLE)$/.test(block.tagName)) return null;
    const end = block.cloneNode(true), count = items(block).children.length;
    while (!fits() && items(block).children.length > 1) items(block).lastElementChild.remove();
    const kept = items(block).children.length;
    for (let n = 0; n < kept; n++) items(end).firstElementChild.remove();
    if (block.tagName === "OL") end.start = block.start + kept;
    return kept < count ? end : null;
  };
  const place = (blocks) => {
    const title = isHeading(blocks[0]), below = page && isHeading(page.lastElementChild);
    if (!page || (title && !(below && blocks[0].tagName === "H3"))) begin(!title);
    const before = page.lastElementChild;
    page.append(...blocks);
    for (const block of blocks) shrinkWhile(block, isWide);
    if (fits() || makeRoom()) return;
    if (isContent(before)) {
      const leads = /:\s*$/.test(before.textContent) && isContent(before.previousElementSibling);
      for (const block of blocks) block.remove();
      begin(true);
      page.append(...(leads ? [before] : []), ...blocks);
      if (fits() || makeRoom()) return;
    }
    if (blocks.length > 1) {
      for (const block of blocks) block.remove();
      blocks.forEach((block) => place([block]));
      return;
    }
    const end = endOf(blocks[0]);
    shrinkWhile(blocks[0], () => !fits());
    if (end) {
      begin(true);
      place([end]);
    }
  };

  const units = [];
  for (const cell of [...cells.children]) {
    const isCode = cell.classList.contains("jp-CodeCell");
    const blocks = isCode ? [cell] : [...cell.querySelector(".jp-RenderedMarkdown").children];
    for (const block of blocks) {
      const figure = (units.at(-1) || [])[0];
      const isFinding = /^Finding/.test(block.textContent) && figure.matches(".jp-CodeCell");
      if (isFinding) units.at(-1).push(block);
      else units.push([block]);
    }
  }
  for (const blocks of units) {
    if (/^H[12]$/.test(blocks[0].tagName)) heading = blocks[0].textContent;
    place(blocks);
  }
  cells.remove();
  for (const made of document.querySelectorAll(".page")) {
    const section = document.createElement("section");
    section.append(made); // only now: reveal.js hides sections, and what is hidden has no height
    document.querySelector(".slides").append(section);
  }
}

function show() {
  return Reveal.initialize({
    width: 1280, height: 720, margin: 0, center: false, hash: true, controls: false,
    slideNumber: "c/t", transition: "none",
  });
}
