import { Weather } from '../world/weather.ts';

/** Weather that can be made bad for every service at once. */
export class Outages extends Weather {
  everywhere = false;

  override isBad(service: string, atMs: number): boolean {
    return this.everywhere || super.isBad(service, atMs);
  }
}
