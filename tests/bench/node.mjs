// node.mjs FILE [EXPORT [ARG...]]: instantiate, call, print the results, as a peer of `wrench run`
import { readFileSync } from 'node:fs';
import { WASI } from 'node:wasi';

const [file, name, ...args] = process.argv.slice(2);
const wasi = new WASI({ version: 'preview1', args: [file], env: {} });
const module = new WebAssembly.Module(readFileSync(file));
const needs = WebAssembly.Module.imports(module).some(i => i.module === 'wasi_snapshot_preview1');
const instance = new WebAssembly.Instance(module, needs ? wasi.getImportObject() : {});
if (!name) {
	wasi.start(instance);
} else {
	const call = instance.exports[name];
	let result;
	try {
		result = call(...args.map(Number));
	} catch (e) {
		if (!(e instanceof TypeError))
			throw e;
		result = call(...args.map(BigInt));
	}
	console.log(String(result));
}
