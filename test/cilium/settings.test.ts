/** Each setting of Cilium is one row. */
import { hasSetting, helmPaths, SETTING_LIST, SETTINGS } from '../../src/cilium/settings';
import { CiliumVersion } from '../../src/cilium/version';

const version = (minor: number) => CiliumVersion.parse(`1.${minor}.0`)!;

test.each(['helm', 'config'] as const)('no two settings have one place (%s)', place => {
  const places = SETTING_LIST.flatMap(([, { helm, config }]) =>
    place === 'helm' ? helm.map(each => each.path) : config,
  );
  expect(places.filter((each, index) => places.indexOf(each) !== index)).toEqual([]);
});

test('a setting that came with a version says where Cilium says so, if the mesh can set it', () => {
  const written = SETTING_LIST.filter(([, { since, property }]) => since !== undefined && property !== undefined);
  expect(written.filter(([, { source }]) => !source)).toEqual([]);
});

test('a value that was renamed is read under the names that the chart knows', () => {
  const renamed = ['clustermesh.mcsapi.enabled', 'clustermesh.enableMCSAPISupport'];
  expect([17, 19, 20].map(minor => helmPaths(SETTINGS.mcsApi, version(minor)))).toEqual([
    [renamed[1]],
    renamed,
    [renamed[0]],
  ]);
  expect([16, 17].map(minor => hasSetting(version(minor), SETTINGS.mcsApi))).toEqual([false, true]);
});
