import { Codes } from '../diagnostic';

/** Codes of the reader of manifests, Helm values and mesh.yaml. */
export const READING_CODES = {
  // files
  'file-missing': {
    severity: 'error',
    title: 'File not found',
    documentation: 'The file or folder does not exist, or a link leads to nothing.',
    fix: 'Check the path. Paths in mesh.yaml are relative to mesh.yaml.',
  },
  'file-unreadable': {
    severity: 'error',
    title: 'File cannot be read',
    documentation:
      'The file or folder exists, but it cannot be read, its links form a circle, or it is a folder where a file ' +
      'is needed.',
    fix: 'Check the permissions (`ls -l`), and remove links that form a circle.',
  },
  'file-special': {
    severity: 'error',
    title: 'Device, pipe or socket',
    documentation: 'Reading a device, a pipe or a socket might never end. Only files and folders are read.',
    fix: 'Write its content to a file, and pass that file.',
  },
  'file-too-large': {
    severity: 'error',
    title: 'File too large',
    documentation: 'The file is larger than 64 MB, or has more documents or values than any set of manifests.',
    fix: 'Split the file, or pass only the objects that matter for the network.',
  },
  'file-binary': {
    severity: 'error',
    title: 'File is not text',
    documentation: 'The file contains a NUL byte, which YAML and JSON do not allow.',
    fix: 'Pass files of YAML or JSON.',
  },
  'file-encoding': {
    severity: 'error',
    title: 'Text is not UTF-8',
    documentation: 'The API server accepts UTF-8 only. Windows PowerShell writes UTF-16 by default.',
    fix: 'Save the file as UTF-8.',
  },
  'link-outside': {
    severity: 'error',
    title: 'Link to a file outside of the repository',
    documentation:
      'A link in a folder of manifests leads out of the repository. Without a repository, it leads out of the working ' +
      'directory and the folder of mesh.yaml. A copy of the repository lacks the file, and it may be private, so it ' +
      'is not read.',
    fix: 'Copy the file into the repository, or exclude the link and name the file as a source of manifests.',
  },
  'folder-empty': {
    severity: 'error',
    title: 'No manifests in the folder',
    documentation: 'The folder and its subfolders contain no file with the ending .yaml, .yml or .json.',
    fix: 'Pass the folder of the manifests, or a file.',
  },

  // syntax
  'yaml-syntax': {
    severity: 'error',
    title: 'Invalid YAML',
    documentation: 'The text is not valid YAML or JSON, or kubectl reads it differently than YAML 1.2 does.',
    fix: 'Correct the line. Often a quote, a colon or the indentation of a line near it is wrong.',
  },
  'yaml-duplicate-key': {
    severity: 'error',
    title: 'Duplicate key',
    documentation:
      'A mapping of mesh.yaml or another file of this program has the same key twice. In a manifest, the two keys are ' +
      'written differently, such as `1` and `"1"`, so kubectl uses any of their values.',
    fix: 'Keep one of the keys, or merge their values.',
  },
  'yaml-key': {
    severity: 'error',
    title: 'Invalid key',
    documentation: 'A key is a list, a mapping, empty or null. Keys must be text, numbers or booleans.',
    fix: 'Write text as the key. Quote a value that begins with a brace or a bracket.',
  },
  'yaml-tag': {
    severity: 'error',
    title: 'Unknown or mismatched tag',
    documentation:
      'Kubernetes does not know a tag such as `!!js/function`, and kubectl drops it. Or the value does not fit its ' +
      'tag.',
    fix: 'Remove the tag, and write the value itself.',
  },
  'yaml-alias': {
    severity: 'error',
    title: 'Invalid alias',
    documentation:
      'An alias has no anchor before it, lies inside its own anchor, or aliases grow to an enormous value.',
    fix: 'Write the value out, or add the anchor.',
  },
  'yaml-merge': {
    severity: 'error',
    title: 'Merge of something other than a mapping',
    documentation: '`<<` merges mappings only.',
    fix: 'Write an alias of a mapping, or a list of such aliases.',
  },
  'yaml-number': {
    severity: 'error',
    title: 'Number without a JSON equivalent',
    documentation: 'JSON, and so Kubernetes, has neither infinite numbers nor not-a-number.',
    fix: 'Write a finite number, or quote the value if it is text.',
  },
  'yaml-depth': {
    severity: 'error',
    title: 'Nesting too deep',
    documentation: 'Lists and mappings are nested deeper than in any Kubernetes object.',
    fix: 'Pass a file of Kubernetes objects.',
  },
  'document-separator': {
    severity: 'error',
    title: 'Content after `---`',
    documentation: 'kubectl accepts only a comment after `---` on the same line.',
    fix: 'Begin the document on the next line.',
  },
  'document-several': {
    severity: 'error',
    title: 'More than one document',
    documentation: 'A file of one document, such as mesh.yaml or Helm values, has a second one.',
    fix: 'Keep one document.',
  },
  'helm-template': {
    severity: 'error',
    title: 'Named file is a template',
    documentation:
      'A template of Helm or of another program is valid YAML only after that program has rendered it. ' +
      'In folders, templates are left out.',
    fix: 'Render it first, for a chart with `helm template NAME CHART > FILE`, and pass FILE.',
  },

  // objects
  'object-api-version': {
    severity: 'error',
    title: 'Missing or invalid apiVersion',
    documentation: '`apiVersion` is missing or not text, so the API server refuses the object.',
    fix: 'Write apiVersion.',
  },
  'object-kind': {
    severity: 'error',
    title: 'Missing or invalid kind',
    documentation: '`kind` is missing or not text, so the API server refuses the object.',
    fix: 'Write kind.',
  },
  'object-metadata': {
    severity: 'error',
    title: 'Missing or invalid metadata',
    documentation: '`metadata` is missing or not a mapping, so the API server refuses the object.',
    fix: 'Write metadata with name, and with namespace if the object has one.',
  },
  'object-name': {
    severity: 'error',
    title: 'Missing or invalid name',
    documentation:
      '`metadata.name` is missing or not text, or `metadata.namespace` is not text. Names such as `123` and `yes` ' +
      'need quotes.',
    fix: 'Write the name, in quotes where YAML reads it as a number or a boolean.',
  },
  'list-items': {
    severity: 'error',
    title: 'Invalid items of a List',
    documentation: 'The items of a List must be a list of objects.',
    fix: 'Write a list of objects, or remove the item.',
  },

  // documents that are ignored
  'document-ignored': {
    severity: 'info',
    title: 'Document is not a Kubernetes object',
    documentation:
      'The document is not a Kubernetes object, for example Helm values or the configuration of a program. It is ' +
      'ignored.',
    fix: 'None needed if this is intended. Otherwise add apiVersion, kind and metadata.',
  },
  'document-unseparated': {
    severity: 'info',
    title: 'Document without `---` before it',
    documentation:
      'kubectl reads one document between two lines `---`. It ignores the second one, and so does this program.',
    fix: 'Write a line `---` before the document.',
  },
  'document-unnamed': {
    severity: 'info',
    title: 'Object with generateName only',
    documentation:
      'The API server sets the name when it creates the object. Until then the object has no name, and it is ' +
      'ignored.',
    fix: 'Write metadata.name.',
  },
  'namespace-unknown': {
    severity: 'info',
    title: 'Object of the base without its namespace',
    documentation:
      'An object of `manifests` writes no namespace, and the base has one of its kind and name in other namespaces ' +
      'than `default` only. If the context of kubectl sets the namespace, it is the same object. ' +
      'Here it counts as one of `default`, beside that of the base. Kustomize, Flux and Argo CD set namespaces that ' +
      'are known.',
    fix: 'Write metadata.namespace, or name a source that sets it, such as `kustomize` or `helm` with a namespace.',
  },
  'kustomization': {
    severity: 'info',
    title: 'Kustomization that is not built',
    documentation:
      'kubectl does not apply a Kustomization itself. It is ignored, and so are the changes that it makes. One that ' +
      'only lists all files of its folders is not reported: its objects are read as it applies them.',
    fix: 'Build it first, `kustomize build FOLDER > FILE`, and pass FILE.',
  },

  'kustomize-input': {
    severity: 'info',
    title: 'Patch of a kustomization',
    documentation:
      'A kustomization names the file as a patch, as a replacement or as values of a chart. It is not an object of ' +
      'its own, so it is ignored.',
    fix: 'Build the kustomization, `kustomize build FOLDER > FILE`, and pass FILE.',
  },
  'local-config': {
    severity: 'info',
    title: 'Object for local tools only',
    documentation:
      'The annotation `config.kubernetes.io/local-config`, with any value but `false`, marks objects for local tools, ' +
      'such as functions of kpt. Kustomize drops them, and so does Flux, so they are ignored in files that a ' +
      'kustomization names or that Flux applies. Elsewhere they count: kubectl applies them.',
    fix: 'None needed if this is intended. Otherwise remove the annotation.',
  },
  'helm-chart': {
    severity: 'info',
    title: 'Helm chart that is not rendered',
    documentation:
      'The folder contains a Helm chart. Its templates are not manifests, so they are ignored and their objects are ' +
      'unknown.',
    fix: 'Render the chart, `helm template NAME CHART > FILE`, and pass FILE.',
  },
  'flux-variables': {
    severity: 'info',
    title: 'Object with Flux variables',
    documentation:
      'Flux replaces variables such as `${APP}` before it applies the object. ' +
      'Where they are in a field that matters, ' +
      'the object is unknown without them, so it is ignored.',
    fix: 'Build it first, `flux build kustomization NAME --path FOLDER > FILE`, and pass FILE.',
  },
  'placeholder': {
    severity: 'info',
    title: 'Object with a placeholder',
    documentation:
      'A name or label is a placeholder such as `<app>`, or a CIDR of a policy is one, such as `POD_CIDR` or ' +
      '`<pod-cidr>`. A namespace such as `_` is one too. A person, a kustomization or a script replaces it before the ' +
      'object is applied. ' +
      'The object is unknown without the value, so it is ignored.',
    fix: 'Replace the placeholder first, and pass the result.',
  },
  'sops-encrypted': {
    severity: 'info',
    title: 'Object that SOPS encrypts',
    documentation: 'SOPS encrypts fields that matter, so the object is unknown and ignored.',
    fix: 'Decrypt it with `sops decrypt FILE`, and pass the result.',
  },
  'test-data': {
    severity: 'info',
    title: 'Folder of test data',
    documentation:
      'Folders with the names `testdata` and `fixtures` hold inputs of tests, which no cluster runs. So do folders with ' +
      'steps of Chainsaw (`chainsaw-test.yaml`) and KUTTL (`00-assert.yaml`). They are ignored.',
    fix: 'None needed. To read such a folder, pass it by itself.',
  },
  'link-ignored': {
    severity: 'info',
    title: 'Link to a folder outside of the repository',
    documentation:
      'A link in a folder of manifests leads to a folder outside of the repository, such as the output of Nix or ' +
      'Bazel. It is not followed, so its objects are unknown.',
    fix: 'None needed for output of tools. To read the folder, name it as a source of manifests.',
  },
  'exclude-without-effect': {
    severity: 'info',
    title: 'Exclusion without effect',
    documentation:
      '`--exclude` and `exclude` leave out files and folders that are read as they are. Kustomize, Helm, Flux and ' +
      'commands render a source as a whole. Their output has no paths, so it contains what an exclusion matches.',
    fix: 'Leave the objects out where they are rendered, such as in kustomization.yaml, or remove the pattern.',
  },
  'template-unrendered': {
    severity: 'info',
    title: 'Template that is not rendered',
    documentation:
      'The file is a template of Helm, Go, Jinja or FreeMarker, and may contain workloads, Services or policies. ' +
      'They are unknown until it is rendered.',
    fix: 'Render it, and pass the result.',
  },
  'template-ignored': {
    severity: 'info',
    title: 'Template without anything that matters',
    documentation:
      'The file is a template of Helm, Go, Jinja or FreeMarker, and contains no workload, Service or policy. ' +
      'It is ignored.',
    fix: 'None needed. To read its objects, render it and pass the result.',
  },
  'document-duplicate-key': {
    severity: 'error',
    title: 'Duplicate key in an object',
    documentation:
      'A mapping of an object has the same key twice. kubectl uses the last one and drops the others without a message, ' +
      'and this program reads the object as kubectl does. Kustomize refuses the file.',
    fix: 'Keep one of the keys, or merge their values.',
  },
  'document-invalid': {
    severity: 'error',
    title: 'Invalid document that is left out',
    documentation:
      'A document in a folder is invalid. Without a workload, Service or policy in its file, or with `--keep-going`, ' +
      'it is left out and the rest is evaluated.',
    fix: 'Correct the document, or exclude its file with `--exclude GLOB` or in `.ciliummeshignore`.',
  },

  // mesh.yaml and arguments
  'mesh-file': {
    severity: 'error',
    title: 'mesh.yaml is not a mesh file',
    documentation: 'mesh.yaml must be a mapping with apiVersion and clusters.',
    fix: 'Write apiVersion: cilium-mesh/v1 and clusters.',
  },
  'mesh-api-version': {
    severity: 'error',
    title: 'Unknown version of mesh.yaml',
    documentation: 'mesh.yaml has another apiVersion than this program reads.',
    fix: 'Write apiVersion: cilium-mesh/v1.',
  },
  'mesh-field-unknown': {
    severity: 'error',
    title: 'Unknown field of mesh.yaml',
    documentation: 'mesh.yaml has a field that does not exist, for example a typing error. It would have no effect.',
    fix: 'Correct the name of the field, or remove it.',
  },
  'mesh-field-missing': {
    severity: 'error',
    title: 'Missing field of mesh.yaml',
    documentation: 'mesh.yaml lacks a required field.',
    fix: 'Write the field.',
  },
  'mesh-field-type': {
    severity: 'error',
    title: 'Field of mesh.yaml of the wrong type',
    documentation: 'A field of mesh.yaml has a value of another type than it needs.',
    fix: 'Write a value of that type.',
  },
  'mesh-cluster-duplicate': {
    severity: 'error',
    title: 'Duplicate cluster',
    documentation: 'Two clusters of mesh.yaml, or of the arguments, have the same name.',
    fix: 'Rename one of the two clusters.',
  },
  'source-kind': {
    severity: 'error',
    title: 'Source without exactly one kind',
    documentation: 'A source in mesh.yaml must be a path, or name one of kustomize, helm, flux, command and snapshot.',
    fix: 'Write each source as an item of its own.',
  },
  'renderer-missing': {
    severity: 'error',
    title: 'Program that renders a source is not installed',
    documentation: 'A source of manifests needs a program that is not in the path, such as kustomize, helm or flux.',
    fix: 'Install the program, or render the source elsewhere and pass the result.',
  },
  'render-failed': {
    severity: 'error',
    title: 'Source that cannot be rendered',
    documentation: 'The program that renders a source ended with an error, so its objects are unknown.',
    fix: 'Run the command of the message, and correct what it reports.',
  },
  'render-limit': {
    severity: 'error',
    title: 'Source that takes too long or prints too much',
    documentation: 'The program that renders a source was stopped after 120 seconds, or after 64 MB of output.',
    fix: 'Run the command of the message, and find out why it does not end.',
  },
  'snapshot-cluster': {
    severity: 'error',
    title: 'Snapshot without the cluster',
    documentation: 'The folder of a source is not a snapshot, or the snapshot has no cluster of this name.',
    fix: 'Name the folder that `cilium-mesh snapshot` wrote, and the name that the cluster has in it.',
  },
  'prune-selector': {
    severity: 'error',
    title: 'Invalid selector of what is deleted',
    documentation:
      '`prune` must select by labels: `key=value`, `key in (a,b)` or `key`, separated by commas. It needs a base, ' +
      'since only objects of the base can be deleted.',
    fix: 'Write the labels that mark the objects of the manifests, such as `app.kubernetes.io/instance=shop`.',
  },
  'base-cluster': {
    severity: 'error',
    title: 'Base of an unknown cluster',
    documentation: '`--base` or `--prune` names a cluster that no `--cluster` names.',
    fix: 'Correct the name of the cluster.',
  },
  'values-cluster': {
    severity: 'error',
    title: 'Helm values of an unknown cluster',
    documentation: '`--values` names a cluster that no `--cluster` names.',
    fix: 'Correct the name of the cluster.',
  },
  'values-file': {
    severity: 'error',
    title: 'Helm values are not a mapping',
    documentation: 'A file of Helm values must be a mapping.',
    fix: 'Write the values as `key: value`.',
  },
} as const satisfies Codes;

/** A code of the reader. */
export type ReadingCode = keyof typeof READING_CODES;
