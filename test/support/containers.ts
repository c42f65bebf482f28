/**
 * A container engine on another host. There, no port of this host is probed: a probe listens on the port for a moment,
 * and two tests at once would see the port of the other in use.
 */
export const CONTAINERS_ELSEWHERE = { KIND_EXPERIMENTAL_PROVIDER: '', DOCKER_HOST: 'tcp://elsewhere:2376' };
