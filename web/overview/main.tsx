import { createRoot } from 'react-dom/client';
import { Overview } from './overview.tsx';
import './style.css';

const root = document.getElementById('overview');
if (root !== null) createRoot(root).render(<Overview />);
