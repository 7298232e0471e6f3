/** Far above what the workload keeps open, but there: slots that are not given back must show. */
export const caps = { total: 1000, executions: { lambda: 1000 }, repository: 500 };
