/** The page of a report. */
import { packedData, startEngine } from '../start';

async function main(): Promise<void> {
  const client = await startEngine(document);
  const facts = await client.ask('load', { data: packedData(document) });
  document.getElementById('app')!.textContent = facts.read.new;
}

void main();
