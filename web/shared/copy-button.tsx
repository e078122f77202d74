import { type ReactNode, useState } from 'react';

export interface CopyButtonProps {
  readonly text: () => string;
  readonly children: ReactNode;
  readonly className?: string;
}

/** Copies a text, and says so to the eye and to screen readers. */
export function CopyButton({ text, children, className = 'quiet' }: CopyButtonProps) {
  const [result, setResult] = useState('');
  const copy = async () => {
    setResult((await copyText(text())) ? 'Copied' : 'The browser refuses to copy');
    setTimeout(() => setResult(''), 2500);
  };
  return (
    <>
      <button type="button" className={className} onClick={copy}>
        {result === '' ? children : result}
      </button>
      {/* What is inside of a button is not read out when it changes. */}
      <span role="status" className="hidden">
        {result}
      </span>
    </>
  );
}

async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyWithoutClipboard(text);
  }
}

/** Pages over plain HTTP have no `navigator.clipboard`. */
function copyWithoutClipboard(text: string): boolean {
  const field = document.createElement('textarea');
  field.value = text;
  document.body.append(field);
  field.select();
  const isCopied = document.execCommand('copy');
  field.remove();
  return isCopied;
}
