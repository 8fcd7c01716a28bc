import { partitionOf } from '../src/packed/partition.ts';

const SERVICES = [50, 500, 5_000];
const PARTITIONS = [16, 64, 256];
/** Exponents of Zipf's law: 0.8 is a flat mesh, 1.2 one that a few services carry. */
const EXPONENTS = [0.8, 1, 1.2];
const MESHES = 200;

/**
 * How unevenly services share partitions: requests by Zipf's law over made-up names, placed by the hash that receivers
 * use, over many meshes. Says what part of all requests the hottest partition has, as median and as the worst of a hundred
 * meshes, beside the hottest service alone, which no number of partitions divides.
 */
export function run(smoke: boolean): void {
  const meshes = smoke ? 3 : MESHES;
  console.log('services  exponent  hottest service  hottest of 16  of 64  of 256 partitions');
  for (const services of SERVICES) {
    for (const exponent of EXPONENTS) {
      const weights = zipf(services, exponent);
      const hottest = PARTITIONS.map((partitions) => {
        const shares = Array.from({ length: meshes }, (_, mesh) =>
          hottestShare(weights, partitions, mesh),
        ).sort((a, b) => a - b);
        const worst = shares[Math.ceil(0.99 * meshes) - 1]!;
        return `${percent(shares[Math.floor(meshes / 2)]!)} (${percent(worst)})`;
      });
      console.log(
        `${services}`.padStart(8) +
          `${exponent}`.padStart(10) +
          percent(weights[0]!).padStart(17) +
          `   ${hottest.join('   ')}`,
      );
    }
  }
}

function zipf(count: number, exponent: number): number[] {
  const weights = Array.from({ length: count }, (_, rank) => (rank + 1) ** -exponent);
  const sum = weights.reduce((a, b) => a + b);
  return weights.map((weight) => weight / sum);
}

function hottestShare(weights: readonly number[], partitions: number, mesh: number): number {
  const shares = new Float64Array(partitions);
  for (const [rank, weight] of weights.entries()) {
    const at = partitionOf(`service-${mesh}-${rank}.shop`, partitions);
    shares[at] = shares[at]! + weight;
  }
  return Math.max(...shares);
}

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
