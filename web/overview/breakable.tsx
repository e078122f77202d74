import { Fragment } from 'react';

/** A name that breaks after its separators, as a path or a store's id does. */
export function Breakable({ text }: { readonly text: string }) {
  return text.split(/(?<=[-_/.:])/).map((piece, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: pieces have no identity
    <Fragment key={index}>
      {index > 0 && <wbr />}
      {piece}
    </Fragment>
  ));
}
