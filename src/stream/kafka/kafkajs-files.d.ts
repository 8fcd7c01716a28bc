// Files of kafkajs that its types leave out.
declare module 'kafkajs/src/network/requestQueue/index.js' {
  const requestQueue: unknown;
  export default requestQueue;
}
declare module 'kafkajs/src/network/connection.js' {
  const connection: unknown;
  export default connection;
}
