// The page of a drill as a browser would draw it: its script, run in a document that is just enough
// for it.
import assert from 'node:assert/strict';
import { createContext, runInContext } from 'node:vm';

// Of the text of a page: the drill's document (`data`), what was drawn (`title`, `main`), and
// `evaluate`, which gives the value of an expression of its script.
export function drawnPage(page) {
  const scripts = [...page.matchAll(/<script(?<data> id="data"[^>]*)?>(?<text>[\s\S]*?)<\/script>/g)];
  assert.equal(scripts.length, 2, 'the data and the script that draws it');
  const text = scripts.find(script => script.groups.data).groups.text;
  const main = { innerHTML: '' };
  const document = {
    title: '',
    getElementById: id => (id === 'data' ? { textContent: text } : {}),
    querySelector: selector => (selector === 'main' ? main : null),
    querySelectorAll: () => [],  // nothing to listen to
  };
  const context = createContext({ document, console });
  runInContext(scripts.find(script => !script.groups.data).groups.text, context);
  return { data: JSON.parse(text), title: document.title, main: main.innerHTML,
           evaluate: expression => runInContext(`(${expression})`, context) };
}
