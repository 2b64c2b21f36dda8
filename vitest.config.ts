import { defineConfig } from 'vitest/config';

// Two projects: `unit` is everything that runs anywhere; `guest` boots real machines and needs QEMU.
export default defineConfig({
  test: {
    // All processors: what starts the tests sleeps meanwhile.
    maxWorkers: '100%',
    projects: [
      {
        test: {
          name: 'unit',
          include: ['tests/{unit,golden,abi,fuzz,architecture}/**/*.test.ts'],
          // Generous: a busy machine is no failure, and a hang is found all the same.
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'guest',
          // The golden tests again, on the capture that the setup makes.
          include: [
            'tests/guest/**/*.test.ts',
            'tests/golden/{tasks,memory,files,system,stacks,modules,threads,zoo-threads}.test.ts',
            'tests/golden/{attributes,signals,timers,descriptors,ipc,ttys,net,network,swap}.test.ts',
            'tests/golden/{machine,allocators,specimens}.test.ts',
          ],
          globalSetup: ['tests/guest/setup.ts'],
          testTimeout: 900_000,
          hookTimeout: 900_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
