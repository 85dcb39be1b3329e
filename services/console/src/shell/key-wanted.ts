/** Asks for an API key when the registry wants one: at once for a person's own doing, else once for each key. */
import { apiKey } from '../api/request';
import { askForApiKey } from './api-key';

let askedFor: string | null = null;

export function keyWanted(byPerson: boolean): void {
  if (!byPerson && askedFor === apiKey()) return;
  askedFor = apiKey();
  askForApiKey();
}
