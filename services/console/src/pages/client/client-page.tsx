import { Page } from '../../shell/page';

export function ClientPage() {
  return <Page title="Client">Under way.</Page>;
}
