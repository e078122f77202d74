import { LRUCache } from 'lru-cache';
import type { FieldPart } from './rendering-plan.ts';
import type { Owner } from './usage.ts';

/** Texts are remembered up to so many bytes; beyond, those go whose answer was not rendered the longest. */
const MAX_TEXT_BYTES = 4 * 1024 * 1024;
/** Usage is mostly each project's own: to remember much of it is to promote garbage. */
const MAX_USAGE_TEXT_BYTES = 512 * 1024;
/** What a text costs beside its characters. */
const ENTRY_BYTES = 200;

interface RenderedText {
  readonly text: string;
  /** Whose it is, where the field tells. */
  readonly owner: Owner | null;
}

interface TextsOfAnswer {
  /** By selection: a field would hold on to all of its document. */
  readonly bySelection: Map<string, RenderedText>;
  readonly bytes: number;
}

/** The texts that fields came to, by the very answer that they were rendered from. */
export interface RenderedTexts {
  find(field: FieldPart, answer: object, owner: Owner | null): string | undefined;
  remember(field: FieldPart, answer: object, rendered: RenderedText): void;
}

export function createRenderedTexts(): RenderedTexts {
  const texts = new LRUCache<object, TextsOfAnswer>({ maxSize: MAX_TEXT_BYTES });
  const usageTexts = new LRUCache<object, TextsOfAnswer>({ maxSize: MAX_USAGE_TEXT_BYTES });
  const cacheOf = ({ name }: FieldPart) => (name === 'usage' ? usageTexts : texts);
  return {
    find(field, answer, owner) {
      const known = cacheOf(field).get(answer)?.bySelection.get(field.selection);
      return known !== undefined && isSameOwner(known.owner, owner) ? known.text : undefined;
    },
    remember(field, answer, rendered) {
      const cache = cacheOf(field);
      const { bySelection, bytes: before } = cache.get(answer) ?? { bySelection: new Map(), bytes: 0 };
      bySelection.set(field.selection, rendered);
      const bytes = before + 2 * (field.selection.length + rendered.text.length) + ENTRY_BYTES;
      // An answer to which more and more documents come is begun anew, as it would be too large an entry.
      cache.set(answer, { bySelection, bytes }, { size: bytes });
    },
  };
}

function isSameOwner(a: Owner | null, b: Owner | null): boolean {
  return a === b || (a?.scope === b?.scope && a?.projectId === b?.projectId);
}
