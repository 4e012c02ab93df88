import { api } from '../../shared/api';

export const invitation = {
	look: (token: string) => api.invitation_get({ token }),
	accept: (token: string, password: string) => api.invitation_accept({ token, body: { password } }),
};
