import { createMemo } from '../upstream/memo.ts';
import type { FieldPart } from './rendering-plan.ts';
import type { Owner } from './usage.ts';

/** Texts are remembered up to so many bytes. */
const MAX_TEXT_BYTES = 4 * 1024 * 1024;
/** Usage is mostly each project's own, and what is remembered and never comes again makes garbage dearer to collect. */
const MAX_USAGE_TEXT_BYTES = 16 * 1024;
/** What a text costs beside its characters. */
const ENTRY_BYTES = 200;

interface RenderedText {
  readonly text: string;
  /** Whose it is, where the field tells. */
  readonly owner: Owner | null;
}

/** By selection: a field would hold on to all of its document. */
type TextsOfAnswer = Map<string, RenderedText>;

/** The texts that fields came to, by the very answer that they were rendered from. */
export interface RenderedTexts {
  find(field: FieldPart, answer: object, owner: Owner | null): string | undefined;
  remember(field: FieldPart, answer: object, rendered: RenderedText): void;
}

export function createRenderedTexts(): RenderedTexts {
  const texts = createMemo<object, TextsOfAnswer>(MAX_TEXT_BYTES);
  const usageTexts = createMemo<object, TextsOfAnswer>(MAX_USAGE_TEXT_BYTES);
  const memoOf = ({ name }: FieldPart) => (name === 'usage' ? usageTexts : texts);
  return {
    find(field, answer, owner) {
      const known = memoOf(field).get(answer)?.get(field.selection);
      return known !== undefined && isSameOwner(known.owner, owner) ? known.text : undefined;
    },
    remember(field, answer, rendered) {
      const bytes = 2 * (field.selection.length + rendered.text.length) + ENTRY_BYTES;
      memoOf(field).put(answer, bytes, (known = new Map()) => known.set(field.selection, rendered));
    },
  };
}

function isSameOwner(a: Owner | null, b: Owner | null): boolean {
  return a === b || (a?.scope === b?.scope && a?.projectId === b?.projectId);
}
