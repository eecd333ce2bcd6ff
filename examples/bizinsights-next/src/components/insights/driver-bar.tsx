'use client';

const WIDTH = 200;
const HEIGHT = 12;
/** How wide the line is that bars begin at. */
const LINE = 1.5;

export interface BarScale {
  readonly largest: number;
  /** Where bars begin. */
  readonly zeroAt: 'left' | 'middle';
}

/** A client component for the reason that a `BandChart` is. */
export function DriverBar({ share, scale: { largest, zeroAt } }: { readonly share: number; readonly scale: BarScale }) {
  const zero = zeroAt === 'middle' ? WIDTH / 2 : LINE / 2;
  const length = (Math.abs(share) / largest) * (WIDTH - zero - LINE / 2);
  return (
    <svg className="driver-bar" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true">
      <rect
        className={share < 0 ? 'driver-bar-against' : 'driver-bar-with'}
        x={share < 0 ? zero - length : zero}
        y={1}
        width={length}
        height={HEIGHT - 2}
        rx={2}
      />
      <line className="driver-bar-middle" x1={zero} x2={zero} y1={0} y2={HEIGHT} />
    </svg>
  );
}
