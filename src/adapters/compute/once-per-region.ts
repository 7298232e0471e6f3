/** The same client each time that a region's is asked for; made at the first time. */
export function oncePerRegion<Client>(make: (region: string) => Client): (region: string) => Client {
  const made = new Map<string, Client>();
  return (region) => {
    const known = made.get(region);
    if (known !== undefined) return known;
    const client = make(region);
    made.set(region, client);
    return client;
  };
}
