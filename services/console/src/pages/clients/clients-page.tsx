import { Page } from '../../shell/page';

export function ClientsPage() {
  return <Page title="Clients">Under way.</Page>;
}
