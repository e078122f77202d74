import { createRoot } from 'react-dom/client';
import '../shared/design.css';
import '../shared/bar.css';
import './style.css';
import { Overview } from './overview.tsx';

const root = document.getElementById('overview');
if (root !== null) createRoot(root).render(<Overview />);
