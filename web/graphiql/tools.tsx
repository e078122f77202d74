/** What the page adds to GraphiQL: examples, and a link to the operation. */
import { DropdownMenu, ToolbarButton, useGraphiQL, useGraphiQLActions } from '@graphiql/react';
import { useState } from 'react';
import { EXAMPLES, type Example } from './examples.ts';

export function ExamplesMenu() {
  const { addTab } = useGraphiQLActions();
  const { queryEditor, variableEditor } = useGraphiQL(({ queryEditor, variableEditor }) => ({
    queryEditor,
    variableEditor,
  }));
  const open = ({ query, variables }: Example) => {
    addTab();
    queryEditor?.setValue(query);
    variableEditor?.setValue(variables);
    if (variables !== '') showVariables();
  };
  return (
    <DropdownMenu>
      <DropdownMenu.Button className="examples-button">Examples</DropdownMenu.Button>
      <DropdownMenu.Content>
        {EXAMPLES.map((example) => (
          <DropdownMenu.Item key={example.title} onSelect={() => open(example)}>
            {example.title}
          </DropdownMenu.Item>
        ))}
      </DropdownMenu.Content>
    </DropdownMenu>
  );
}

/** GraphiQL has no action for it, only the tab that a person presses. */
function showVariables(): void {
  document.querySelector<HTMLElement>('.graphiql-editor-tools [data-name="variables"]')?.click();
}

export function ShareButton() {
  const [label, setLabel] = useState('Copy a link to this operation');
  const share = async () => {
    try {
      await navigator.clipboard.writeText(location.href);
      setLabel('Copied');
    } catch {
      setLabel('The browser refuses to copy; copy the address of the page instead');
    }
    setTimeout(() => setLabel('Copy a link to this operation'), 2500);
  };
  return (
    <ToolbarButton onClick={share} label={label}>
      <svg
        className="graphiql-toolbar-icon"
        viewBox="0 0 20 20"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.5"
        aria-hidden="true"
      >
        <path d="M8 12a3.500 3.500 0 0 0 5 0l3-3a3.500 3.500 0 0 0-5-5l-1 1M12 8a3.500 3.500 0 0 0-5 0l-3 3a3.500 3.500 0 0 0 5 5l1-1" />
      </svg>
    </ToolbarButton>
  );
}
