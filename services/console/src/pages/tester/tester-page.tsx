import { Page } from '../../shell/page';

export function TesterPage() {
  return <Page title="Tester">Under way.</Page>;
}
