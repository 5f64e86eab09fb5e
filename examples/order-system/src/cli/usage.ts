import { DEFAULT_COUNTS, DEFAULT_SEED } from './command.ts';

export const USAGE = `Usage: npm start [-- OPTIONS]

Runs the order system: places orders (every tenth over HTTP, by customers who press twice), carries them out or
undoes them by their sagas, takes the transport and the product service down, kills the relays, the payment
provider and the payment service in the middle, lets everything drain, and audits that nothing was lost or done
twice: every order is over, and the provider's own ledger is the completed ones, to the cent.

  --orders FILE   place the orders of a CSV file (with a header) or a JSON Lines file;
                  fields: orderId, customerId, productId, quantity, unitPrice (one item per line)
  --seed N        generate orders, the same ones for the same N (default ${DEFAULT_SEED});
                  it also decides how the payment provider misbehaves
  --count N       how many orders to generate (default ${DEFAULT_COUNTS.memory}, over sqs ${DEFAULT_COUNTS.sqs})
  --transport T   carry the messages over memory (the default), sql (a SQLite file), amqp (RabbitMQ) or sqs
                  (FIFO queues of SQS). HOLDFAST_AMQP_URL and HOLDFAST_SQS_URL name a broker that runs;
                  "npm start" starts one when they are not set.
  --data DIR      keep the databases in DIR (default: a temporary folder, removed at the end)
  --audit DIR     only audit what an earlier run left in DIR
  --json          print the result as one line of JSON; progress goes to stderr
  --help          print this

Exit code: 0 when every invariant holds, 1 when one does not or the run failed, 2 for bad usage,
130 or 143 when stopped by Ctrl-C or SIGTERM.
`;
