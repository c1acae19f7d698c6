import { cancelSimulation } from "./cancel-simulation.ts";
import { startSimulation } from "./start-simulation.ts";

export const commands = [startSimulation, cancelSimulation];
