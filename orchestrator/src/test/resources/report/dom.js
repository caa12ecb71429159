// As much of a browser as the report's page needs: elements, tables, and charts that only remember their options.
class Element {
  constructor(tag) { this.tag = tag; this.children = []; this.own = ''; this.className = ''; this.hidden = false; }
  get textContent() { return this.own + this.children.map(c => c.textContent).join(' '); }
  set textContent(text) { this.own = text == null ? '' : String(text); this.children = []; }
  append(...elements) { this.children.push(...elements); }
  add(tag) { const e = new Element(tag); this.append(e); return e; }
  insertRow() { return this.add('tr'); }
  insertCell() { return this.add('td'); }
  createTHead() { return this.add('thead'); }
  createTBody() { return this.add('tbody'); }
  rows() { return this.tag === 'tr' ? [this] : this.children.flatMap(c => c.rows()); }
}
const elements = new Map(), charts = {};
const document = {
  title: '',
  createElement: tag => new Element(tag),
  getElementById: id => { if (!elements.has(id)) { elements.set(id, new Element(id)); } return elements.get(id); },
};
const matchMedia = () => ({ matches: false });
const addEventListener = () => {};
const echarts = { init: () => ({ setOption: option => { charts[Object.keys(charts).length] = option; }, resize() {} }) };
// A table's cells, row by row, as lines of text.
const lines = id => document.getElementById(id).rows().map(row => row.children.map(c => c.textContent).join(' | '));
