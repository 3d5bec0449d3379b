/** To be imported first: notes how large each WebAssembly memory becomes. The engine's code grows its memory by this method. */

let peakBytes = 0;

class WatchedMemory extends WebAssembly.Memory {
  constructor(descriptor: WebAssembly.MemoryDescriptor) {
    super(descriptor);
    peakBytes = Math.max(peakBytes, this.buffer.byteLength);
  }
  override grow(pages: number): number {
    const before = super.grow(pages);
    peakBytes = Math.max(peakBytes, this.buffer.byteLength);
    return before;
  }
}

WebAssembly.Memory = WatchedMemory;

/** Largest memory of any engine since the last call, in bytes. */
export function takePeakMemory(): number {
  const peak = peakBytes;
  peakBytes = 0;
  return peak;
}
