import { createRoot } from 'react-dom/client';
import '../shared/design.css';
import '../shared/bar.css';
import './style.css';
import './region.css';
import './parts.css';
import './stores.css';
import './problem.css';
import './print.css';
import { Overview } from './overview.tsx';

const root = document.getElementById('overview');
if (root !== null) createRoot(root).render(<Overview />);
