const MAX_LENGTH = 200;

/** What Mermaid could take for its own: all but letters, digits, spaces and some punctuation. */
const MISREAD = /[^\p{L}\p{N} _.,()[\]/+=!?→×'-]/gu;
const WORDS = new Set([
  'as',
  'class',
  'classdef',
  'default',
  'direction',
  'end',
  'hide',
  'note',
  'scale',
  'state',
  'statediagram',
  'style',
  'click',
  'href',
  'fork',
  'join',
  'choice',
  'acctitle',
  'accdescr',
  'left',
  'right',
  'root',
  'undefined',
  'constructor',
  'prototype',
  'hasownproperty',
  'tostring',
  'valueof',
]);

/** Text for a label: on one line, with what Mermaid could misread written as entities. */
export function mermaidText(text: string): string {
  const line = text.toWellFormed().replace(/\s+/g, ' ').trim();
  const characters = [...line];
  const cut = characters.length > MAX_LENGTH ? `${characters.slice(0, MAX_LENGTH).join('')}…` : line;
  return cut.replace(MISREAD, (character) => `#${character.codePointAt(0)};`);
}

/** Whether a name can stand for itself as an identifier. */
export function isMermaidId(name: string): boolean {
  return /^[A-Za-z][A-Za-z0-9_]*$/.test(name) && !WORDS.has(name.toLowerCase());
}
