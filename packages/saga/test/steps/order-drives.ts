import { Drive } from './drive.ts';
import { orderSteps } from './order-steps.ts';

/** Payment is asked for. */
export function placed(): Drive {
  const drive = new Drive(orderSteps);
  drive.event('orderPlaced', { cents: 500, email: 'a@example.org' });
  return drive;
}

/** Payment is done, stock is asked for. */
export function paid(): Drive {
  const drive = placed();
  drive.event('paymentSucceeded', { paymentId: 'p1' });
  return drive;
}

/** Payment and stock are done, delivery is asked for. */
export function reserved(): Drive {
  const drive = paid();
  drive.event('stockReserved', { reservationId: 'r1' });
  return drive;
}
