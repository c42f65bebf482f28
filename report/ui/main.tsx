/** The page of a report. */
import { render } from 'preact';
import { App, Problems } from './app';
import { readData, startEngine } from '../start';

async function main(): Promise<void> {
  const app = document.getElementById('app')!;
  app.textContent = 'Reading the mesh …';
  const [client, data] = await Promise.all([startEngine(document), readData(document)]);
  const facts = await client.ask('load', { data });
  // the summary is for readers without scripts, and for print
  document.body.classList.add('started');
  app.textContent = '';
  render(facts.sides.length === 0 ? <Problems facts={facts} /> : <App client={client} facts={facts} />, app);
}

main().catch((error: Error) => {
  const app = document.getElementById('app')!;
  app.textContent = `This browser cannot show the interactive part (${error.message}). The tables below say what it would.`;
});
