import { Page } from '../../shell/page';

export function SystemPage() {
  return <Page title="System">Under way.</Page>;
}
