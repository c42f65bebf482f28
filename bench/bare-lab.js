// The objects of the lab's last step, built with cdk8s alone: what the library's cold start is measured against.
const { ApiObject, App, Chart } = require('cdk8s');
const objects = JSON.parse(require('fs').readFileSync(process.argv[2], 'utf8'));

const app = new App();
for (const [cluster, manifests] of Object.entries(objects)) {
  const chart = new Chart(app, cluster);
  manifests.forEach((manifest, index) => new ApiObject(chart, `object-${index}`, manifest));
}
app.synth();
