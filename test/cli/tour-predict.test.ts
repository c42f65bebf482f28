/** The tour of the lab without clusters, `verify --tour --predict`, against the answers that the lab prints. */
import * as fs from 'fs';
import * as path from 'path';
import { parse } from 'yaml';
import { STEPS } from '../../examples/isovalent-lab/steps';
import { fits, roundLevel } from '../../src/live/verification/bound';
import { Output, synth, synthSteps } from '../support/examples';
import { folderWith, program, programWith } from '../support/program';

const cwd = process.cwd();

/** The answers to one loop of requests in the lab, counted by the cluster that answers, or `timeout`. */
interface Loop {
  readonly step: string;
  readonly client: string;
  readonly answers: { readonly [cluster: string]: number };
}
const LOOPS: readonly Loop[] = parse(
  fs.readFileSync(path.join(__dirname, '..', 'seeds', 'isovalent-lab', 'answers.yaml'), 'utf8'),
);

afterEach(() => process.chdir(cwd));

const inDist = (output: Output) =>
  Object.fromEntries(Object.entries(output).map(([file, text]) => [`dist/${file}`, text]));

/** What the tour prints for each step: the predicted shares of each client, and the explained flow. */
async function predictedTour(...args: string[]) {
  const { status, out, err } = await program('verify', '--tour', '--predict', ...args);
  expect([status, err]).toEqual([0, '']);
  return out
    .split(/^(?=\d\d-)/m)
    .slice(1)
    .map(text => ({
      step: /^\d\d-([a-z-]+)/.exec(text)![1],
      clients: [...text.matchAll(/^x-wing@(\w+) +svc\/default\/rebel-base +TCP\/80 +(.*)$/gm)].map(
        ([, client, predicted]) => ({ client, shares: sharesOf(predicted) }),
      ),
      why: /^why: (.*)$/m.exec(text)?.[1],
    }));
}

/** `koornacht 50 % (54 to 78 of 132), dropped in koornacht 50 % …` as shares; what is dropped is `timeout`. */
function sharesOf(predicted: string): { [cluster: string]: number } {
  return Object.fromEntries(
    [...predicted.matchAll(/(dropped in )?([a-z]+)(?: and [a-z]+)* (\d+) %/g)].map(([, dropped, cluster, percent]) => [
      dropped ? 'timeout' : cluster,
      Number(percent) / 100,
    ]),
  );
}

function outcomes(shares: { [name: string]: number }, answers: Loop['answers']) {
  const names = [...new Set([...Object.keys(shares), ...Object.keys(answers)])];
  return names.map(name => ({ share: shares[name] ?? 0, count: answers[name] ?? 0 }));
}

/** The loops of the lab whose answers do not fit the predictions. */
function unfitting(tour: Awaited<ReturnType<typeof predictedTour>>): Loop[] {
  return LOOPS.filter(({ step, client, answers }) => {
    const predicted = tour.find(each => each.step === step)!.clients.find(each => each.client === client);
    return !predicted || !fits(outcomes(predicted.shares, answers), roundLevel(LOOPS.length));
  });
}

describe('the steps of the lab', () => {
  test('under Cilium 1.18: all 18 loops of the lab are as predicted', async () => {
    process.chdir(folderWith(inDist(synthSteps('isovalent-lab', '--cilium-version', '1.18.4'))));
    const tour = await predictedTour();
    expect(tour.map(({ step }) => step)).toEqual(Object.keys(STEPS));
    expect([LOOPS.length, unfitting(tour)]).toEqual([18, []]);
    // the terminals in which the lab sends requests: both up to `shared`
    const asked = tour.map(({ clients }) => clients.map(each => each.client).join());
    expect(asked).toEqual([...Array(5).fill('koornacht,tion'), ...Array(10).fill('koornacht')]);
    expect(tour.filter(each => each.why).map(({ step, why }) => [step, why])).toEqual([
      ['default-deny', 'x-wing@koornacht -> rebel-base@koornacht TCP/80: denied'],
      ['egress', 'x-wing@koornacht -> rebel-base@koornacht TCP/80: denied'],
      ['ingress-koornacht', 'x-wing@koornacht -> rebel-base@tion TCP/80: denied'],
    ]);
  });

  test('under Cilium 1.20: all but the last one, whose own policies no longer reach tion', async () => {
    process.chdir(folderWith(inDist(synthSteps('isovalent-lab'))));
    const tour = await predictedTour();
    expect(unfitting(tour).map(({ step }) => step)).toEqual(['ingress-tion']);
    expect(tour.slice(-2)).toEqual([
      {
        step: 'ingress-tion',
        clients: [{ client: 'koornacht', shares: { koornacht: 0.5, timeout: 0.5 } }],
        why: 'x-wing@koornacht -> rebel-base@tion TCP/80: denied',
      },
      { step: 'explicit', clients: [{ client: 'koornacht', shares: { koornacht: 0.5, tion: 0.5 } }], why: undefined },
    ]);
  });

  test.each(['ingress-tion-all-clusters', 'explicit'])('%s ends as the lab does, under Cilium 1.20', async variant => {
    const output = synth('isovalent-lab', variant);
    process.chdir(
      folderWith(
        Object.fromEntries(Object.entries(output).map(([file, text]) => [`dist/steps/14-ingress-tion/${file}`, text])),
      ),
    );
    const tour = await predictedTour('--from', 'x-wing@koornacht', '--only', 'services');
    expect(
      unfitting(tour.concat(LOOPS.map(({ step }) => ({ step, clients: [], why: undefined })))).map(({ step }) => step),
    ).not.toContain('ingress-tion');
    expect(tour[0].why).toBeUndefined();
  });
});

test('clusters without contexts suffice, and nothing is asked', async () => {
  const manifests = Object.entries(synth('isovalent-lab', 'default-deny')).map(([file, text]) => [
    `dist/steps/01-only/${file}`,
    file === 'mesh/mesh.yaml' ? text.replace(/^.*context:.*\n/gm, '').replace(/^.*kind: .*\n/gm, '') : text,
  ]);
  process.chdir(folderWith(Object.fromEntries(manifests)));
  expect(await program('verify', '--tour', '--predict', '--from', 'x-wing@tion', '--to', 'rebel-base@tion')).toEqual({
    status: 0,
    err: '',
    out: expect.stringMatching(
      /^\n01-only\nFROM .*\nx-wing@tion +rebel-base@tion +TCP\/80 +denied \(egress in tion: default-denied\)\n\nwhy: x-wing@tion -> rebel-base@tion TCP\/80: denied\n[^]*\n1 step, predicted only: no cluster was asked\n$/,
    ),
  });
});

test('a tour of predictions that ends early continues with predictions', async () => {
  const manifests = ['01-first', '02-second'].flatMap(step =>
    Object.entries(synth('isovalent-lab', 'global')).map(([file, text]) => [`tour/${step}/${file}`, text]),
  );
  process.chdir(folderWith(Object.fromEntries(manifests)));
  const pause = async () => false;
  expect(await programWith({ pause }, 'verify', '--tour', 'tour', '--predict', '--pause')).toEqual({
    status: 0,
    out: expect.stringMatching(/^\n01-first\n/),
    err:
      'The tour ends before 02-second. ' +
      'To take one step: cilium-mesh verify --tour tour --predict --step 02-second\n',
  });
});
