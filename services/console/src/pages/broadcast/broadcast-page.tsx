import { Page } from '../../shell/page';

export function BroadcastPage() {
  return <Page title="Broadcast">Under way.</Page>;
}
