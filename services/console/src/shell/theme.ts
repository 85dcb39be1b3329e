/** Colours and shapes. Mantine's own, with greys that can be read (WCAG AA) on both backgrounds. */
import { createTheme, type CSSVariablesResolver } from '@mantine/core';

export const theme = createTheme({
  primaryColor: 'indigo',
  primaryShade: { light: 7, dark: 8 },
  defaultRadius: 'md',
  autoContrast: true,
  cursorType: 'pointer',
  headings: { fontWeight: '600' },
});

export const readableGreys: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-dimmed': '#5c636a',
    '--mantine-color-placeholder': '#6b727a',
    // What stands on the light variant of its own colour.
    '--mantine-color-teal-light-color': '#066649',
    '--mantine-color-orange-light-color': '#a83a0a',
  },
  dark: { '--mantine-color-dimmed': '#a6a6a6', '--mantine-color-placeholder': '#9a9a9a' },
});
